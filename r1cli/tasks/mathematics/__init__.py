"""Mathematics with a checkable final answer."""
