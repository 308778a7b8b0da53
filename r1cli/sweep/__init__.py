"""Many jobs from one command line: the grid, its cells, what they cost, and how they run side by side."""
