"""Which language a thought is written in, and how consistently."""
