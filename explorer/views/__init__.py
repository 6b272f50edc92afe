"""The answers of the app, each a plain function: over HTTP, MCP, the command line, in notebooks and to the pages."""
