"""What is asked and how an answer is verified: one task, one file."""
