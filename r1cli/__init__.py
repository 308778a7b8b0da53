"""r1cli trains reasoning models the way DeepSeek-R1 was trained: four stages, one resumable command."""

__version__ = "0.1.0"
