"""State, address, dial controls and figures that all pages use."""
