"""Jobs of a cluster: scripts that run the same command in an allocation, and what became of them."""
