"""What the app answers, each a plain function: over HTTP, MCP, the command line, in notebooks and to the pages."""
