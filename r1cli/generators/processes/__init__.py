"""Sampling by several processes of one thread each, where that is faster than one process of several threads."""
