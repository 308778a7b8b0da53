"""Models out of the store: as a folder with a card that a hub takes, and in conversation."""
