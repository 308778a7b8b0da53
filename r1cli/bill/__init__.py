"""The bill of a command before it runs: hours, tokens, memory, disk and dollars, and a pilot that makes it better."""
