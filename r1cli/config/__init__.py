"""From YAML and a command line to typed objects, and where each value comes from."""
