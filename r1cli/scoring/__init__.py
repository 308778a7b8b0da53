"""`r1 score`: completions from a file, judged by our rewards."""
