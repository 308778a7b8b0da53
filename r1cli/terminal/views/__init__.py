"""Tables that several commands or one large one print: one file a table."""
