"""Programs that nobody trusts, run against tests within limits."""
