"""The training loop, its losses, batches and optimizers."""
