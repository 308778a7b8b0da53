"""Evaluations of finished runs, analysed in one place: replicates, intervals, differences, labels."""
