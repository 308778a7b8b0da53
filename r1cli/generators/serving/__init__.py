"""Asking a model behind an address: what is sent and read (`wire`), sent again (`asking`), paced, paid and noted."""
