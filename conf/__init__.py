"""The configuration: every value once, with where it comes from. Ships in the wheel as `r1cli.conf`."""
