"""Where records come from, and what is done to lists of them."""
