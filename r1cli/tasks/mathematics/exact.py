r"""Exact numbers with roots and symbols: `3/2 sqrt(2) pi`, `x^2 - 1`, and quotients of such sums.

A sum is a mapping from (radicand, powers of symbols) to a rational coefficient. Radicands are squarefree and symbols
(letters, `\pi`) independent, so two quotients are equal exactly if their cross products are the same mapping: both
verdicts are proofs. What would grow too big is declined.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, isqrt
from typing import Final

_MOST_TERMS = 64
_MOST_BITS = 2048
_BIGGEST_RADICAND = 10**9
"""Its square factors are found by trial division: a thousand steps."""

Term = tuple[int, tuple[tuple[str, int], ...]]
Sum = dict[Term, Fraction]
_ONE: Final[Term] = (1, ())


class DeclinedError(Exception):
    """Not simple enough."""


@dataclass(frozen=True, slots=True)
class Value:
    """`above / below`; `below` is never zero."""

    above: Sum
    below: Sum
    rounded: bool = False
    """Written with a decimal point."""

    def same(self, other: Value) -> bool | None:
        """Equal or not; None where this algebra cannot tell: `_is_zero_somewhere`, or one is a rounded decimal."""
        try:
            difference = _plus(_times(self.above, other.below), _scaled(_times(other.above, self.below), -1))
        except DeclinedError:
            return None
        if not difference:
            return True
        is_rounded = self.rounded or other.rounded
        return None if _is_zero_somewhere(difference) or (is_rounded and difference.keys() != {_ONE}) else False


def _is_zero_somewhere(difference: Sum) -> bool:
    """Whether it may be zero all the same, as not all symbols are free: i * i is -1, and of e and pi nobody knows."""
    powers = [dict(found) for _, found in difference]
    symbols = {symbol for found in powers for symbol in found}
    return any(found.get("i", 0) > 1 for found in powers) or {"e", r"\pi"} <= symbols


# --- making and combining -----------------------------------------------------------------------------------------


def rational(number: int | Fraction) -> Value:
    """A rational number."""
    return Value({_ONE: Fraction(number)} if number else {}, {_ONE: Fraction(1)})


def symbol(name: str) -> Value:
    """A free symbol."""
    return Value({(1, ((name, 1),)): Fraction(1)}, {_ONE: Fraction(1)})


def fraction(value: Value) -> Fraction:
    """The value as a rational number."""
    if value.above.keys() - {_ONE} or value.below.keys() != {_ONE}:
        raise DeclinedError
    return value.above.get(_ONE, Fraction(0)) / value.below[_ONE]


def integer(value: Value) -> int:
    """The value as an integer."""
    number = fraction(value)
    if number.denominator != 1:
        raise DeclinedError
    return int(number)


def root(number: Fraction) -> Value:
    """The square root p/q sqrt(r) of a rational number."""
    inside = number.numerator * number.denominator
    if not 0 <= inside <= _BIGGEST_RADICAND:
        raise DeclinedError
    if not inside:
        return rational(0)
    outside, inside = _without_squares(inside)
    return Value({(inside, ()): Fraction(outside, number.denominator)}, {_ONE: Fraction(1)})


def _without_squares(number: int) -> tuple[int, int]:
    """(a, b) with number = a * a * b and b squarefree; after the divisors up to the cube root, b is p, p q or p p."""
    outside, divisor = 1, 2
    rest, small = number, 1
    while divisor**3 <= rest:
        while rest % (divisor * divisor) == 0:
            rest //= divisor * divisor
            outside *= divisor
        if rest % divisor == 0:
            rest //= divisor
            small *= divisor
        divisor += 1
    side = isqrt(rest)
    return (outside * side, small) if side * side == rest else (outside, small * rest)


def add(a: Value, b: Value) -> Value:
    """a + b."""
    if a.below == b.below:
        return Value(_plus(a.above, b.above), a.below)
    return Value(_plus(_times(a.above, b.below), _times(b.above, a.below)), _times(a.below, b.below))


def multiply(a: Value, b: Value) -> Value:
    """a b."""
    return Value(_times(a.above, b.above), _times(a.below, b.below))


def divide(a: Value, b: Value) -> Value:
    """a / b."""
    if not b.above:
        raise DeclinedError
    return Value(_times(a.above, b.below), _times(a.below, b.above))


def scaled(a: Value, factor: int) -> Value:
    """`factor` times a."""
    return Value(_scaled(a.above, factor), a.below)


def _scaled(a: Sum, factor: int) -> Sum:
    return {term: factor * coefficient for term, coefficient in a.items()}


def _plus(a: Sum, b: Sum) -> Sum:
    return _collected([*a.items(), *b.items()])


def _times(a: Sum, b: Sum) -> Sum:
    if len(a) * len(b) > _MOST_TERMS**2:
        raise DeclinedError
    return _collected(_term_times(s, t, x * y) for s, x in a.items() for t, y in b.items())


def _term_times(a: Term, b: Term, coefficient: Fraction) -> tuple[Term, Fraction]:
    common = gcd(a[0], b[0])
    powers = dict(a[1])
    for symbol, power in b[1]:
        powers[symbol] = powers.get(symbol, 0) + power
    radicand = a[0] // common * (b[0] // common)
    return (radicand, tuple(sorted(powers.items()))), coefficient * common


def _collected(terms: Iterable[tuple[Term, Fraction]]) -> Sum:
    total: Sum = {}
    for term, coefficient in terms:
        total[term] = total.get(term, Fraction(0)) + coefficient
    total = {term: coefficient for term, coefficient in total.items() if coefficient}
    if len(total) > _MOST_TERMS or any(
        c.numerator.bit_length() + c.denominator.bit_length() > _MOST_BITS for c in total.values()
    ):
        raise DeclinedError
    return total
