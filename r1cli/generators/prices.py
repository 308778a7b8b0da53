"""Prices: what tokens cost, on a day, from a source. Dollars are derived when they are shown and never stored.

A price list ages and is corrected; token counts are not. So a result keeps tokens, and `prices=` says at any later time
by which list they are to be read. The day and the source of the list stand beside every dollar figure.
"""

from __future__ import annotations

import re
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat

from r1cli.component import Component
from r1cli.generators.generator import Usage

PER = 1_000_000
"""Tokens that a price is for."""
_DATED = re.compile(r"-\d{4}-?\d{2}-?\d{2}$")
"""How names of model versions end: `o1-2024-12-17`."""


class TokenPrice(BaseModel):
    """US dollars for a million tokens of one model."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    input: NonNegativeFloat
    """Of the prompt."""
    cached_input: NonNegativeFloat | None = None
    """Of the prompt's tokens that the server had in its cache; None: no reduction."""
    output: NonNegativeFloat
    """Generated, a hidden thought included."""

    def dollars(self, usage: Usage) -> float | None:
        """What these tokens cost; None where nobody counted them."""
        if usage.prompt is None or usage.completion is None:
            return None
        cached = min(usage.cached or 0, usage.prompt)
        of_cached = self.input if self.cached_input is None else self.cached_input
        total = (usage.prompt - cached) * self.input + cached * of_cached + usage.completion * self.output
        return total / PER


class Prices(Component):
    """`conf/prices/*.yaml`: a price list."""

    NOT_IDENTITY: ClassVar[frozenset[str]] = frozenset({"name", "date", "source", "models", "gpu_usd_hour"})

    name: str
    date: str | None
    """The day on which these prices held, ISO 8601; None for a list without prices."""
    source: str
    """Where they are from, in words."""
    models: dict[str, TokenPrice] = Field(default_factory=dict)
    """By the model's name at its server; a version (`o1-2024-12-17`) is found under the name without its day."""
    gpu_usd_hour: NonNegativeFloat | None = None
    """Of one GPU, for models that run on a machine of one's own."""

    def of(self, model: str) -> TokenPrice | None:
        """The price of a model; None if the list does not have it."""
        return self.models.get(model) or self.models.get(_DATED.sub("", model))
