"""Properties are checked without a time limit for one example: how long one takes says something about the machine."""

from hypothesis import settings

settings.register_profile("r1cli", deadline=None)
settings.load_profile("r1cli")
