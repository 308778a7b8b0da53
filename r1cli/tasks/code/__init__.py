"""Programming problems with tests."""
