"""`prices=LIST` on the line of a command that shows what is stored: the price list, as a typed object."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from r1cli.config.hydra import compose
from r1cli.config.mistakes import ConfigPiece, reference_errors, value_errors
from r1cli.config.stages import plain_data
from r1cli.generators.prices import Prices

CONFIG = "priced"
GROUP = "prices"


def of_prices(override: str) -> bool:
    """Is this one about prices: `prices=gpu_hour`, `prices.gpu_usd_hour=3`?"""
    return override.lstrip("+~").partition("=")[0].partition(".")[0] == GROUP


def price_list(overrides: Sequence[str], *, folders: Sequence[Path] = ()) -> Prices | None:
    """The list that they choose; None without any: composing takes a moment, and no figure then has dollars.

    Raises:
        ConfigError: a key, a value or the list is wrong.
    """
    if not overrides:
        return None
    composed = compose(CONFIG, overrides, folders=folders)
    piece = ConfigPiece(f"{GROUP}.", GROUP, frozenset(), composed.folders, composed.choices)
    with reference_errors(piece):
        plain = plain_data(composed.config[GROUP])
    with value_errors(plain, piece):
        return Prices.model_validate(plain)
