"""All that touches TRL's insides."""
