from __future__ import annotations

import pytest

from r1cli.generators.generator import Usage
from r1cli.generators.prices import Prices, TokenPrice

REASONER = TokenPrice(input=0.55, cached_input=0.14, output=2.19)


@pytest.mark.parametrize(
    ("price", "usage", "dollars"),
    [
        (REASONER, Usage(1_000_000, None, 0), 0.55),
        (REASONER, Usage(1_000_000, 400_000, 0), 0.6 * 0.55 + 0.4 * 0.14),
        (REASONER, Usage(0, 0, 1_000_000, 900_000), 2.19),
        (REASONER, Usage(100, 500, 0), 100 * 0.14 / 1e6),  # more cached than there are: not less than nothing
        (TokenPrice(input=1, output=2), Usage(10, 10, 10), 30 / 1e6),
        (REASONER, Usage(None, None, 5), None),
        (REASONER, Usage(5, None, None), None),
    ],
)
def test_tokens_cost_what_the_list_says(price: TokenPrice, usage: Usage, dollars: float | None) -> None:
    assert price.dollars(usage) == (None if dollars is None else pytest.approx(dollars))


def test_a_version_is_found_under_the_name_of_its_model_and_nothing_else_is() -> None:
    o1 = TokenPrice(input=15, output=60)
    prices = Prices(name="p", date="2025-03-15", source="s", models={"o1": o1})
    assert prices.of("o1") == prices.of("o1-2024-12-17") == prices.of("o1-20241217") == o1
    assert prices.of("o1-pro") is None
    assert prices.of("o1-mini-2024-09-12") is None
