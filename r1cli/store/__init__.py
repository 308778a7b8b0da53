"""Where results are kept: published entries, unfinished work, locks, and what can be read of a run."""
