from __future__ import annotations

import pytest
from pydantic import ValidationError

from r1cli.component import Component, locate, target_of
from r1cli.errors import ConfigError


class Filter(Component):
    """A field's type."""


class Longest(Filter):
    tokens: int


class Chain(Component):
    filters: list[Filter]


class Other(Component):
    """No Filter."""


def test_a_target_chooses_the_class_wherever_a_base_is_declared():
    chain = Chain.model_validate({"filters": [{"_target_": target_of(Longest), "tokens": 3}]})
    assert chain.filters == [Longest(tokens=3)]


def test_plain_data_and_back_is_the_same_object():
    chain = Chain(filters=[Longest(tokens=3)])
    assert Chain.model_validate(chain.config()) == chain
    assert chain.config()["filters"][0] == {"_target_": target_of(Longest), "tokens": 3}


def test_a_target_of_another_kind_is_refused():
    with pytest.raises(ValidationError, match="is not a Filter"):
        Chain.model_validate({"filters": [{"_target_": target_of(Other)}]})


def test_unknown_keys_and_changes_are_refused():
    with pytest.raises(ValidationError):
        Longest.model_validate({"tokens": 3, "words": 4})
    with pytest.raises(ValidationError):
        Longest(tokens=3).tokens = 4  # type: ignore[misc]


@pytest.mark.parametrize(
    ("target", "message"),
    [("no_such_package.Thing", "cannot import"), ("Thing", "cannot import"), ("pathlib.Path", "is not a Component")],
)
def test_a_target_that_is_no_component_is_an_error_for_people(target: str, message: str):
    with pytest.raises(ConfigError, match=message):
        locate(target)
