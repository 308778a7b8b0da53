r"""Exact algebra for simple LaTeX: `\frac{3\sqrt{2}}{2}\pi`, `2^{10}`, `(x-1)(x+1)`; read in microseconds, or declined.

What does not fit (functions, relations, nested roots, big powers) or is read in two ways (`1/2x`, `1\frac12`) is
declined, and left to sympy.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache

from r1cli.tasks.mathematics.exact import (
    DeclinedError,
    Value,
    add,
    divide,
    fraction,
    integer,
    multiply,
    rational,
    root,
    scaled,
    symbol,
)

_LONGEST = 200
"""Characters."""
_BIGGEST_POWER = 64
_DEEPEST = 12
"""Brackets in brackets."""


@lru_cache(maxsize=16_384)
def read_value(text: str) -> Value | None:
    """The value of an expression, `plain` before; None if it is not simple enough."""
    if len(text) > _LONGEST:
        return None
    tokens = _TOKEN.findall(text)
    if "".join(tokens) != _SPACE.sub("", text):
        return None
    try:
        return _Reader(tokens).read()
    except (DeclinedError, IndexError):
        return None


# --- reading --------------------------------------------------------------------------------------------------------

_SPACE = re.compile(r"\s+")
_TOKEN = re.compile(
    r"\d{1,3}(?:,\d{3})+(?![,\d])|\d+(?:\.\d+)?|\.\d+|\*\*|\\[A-Za-z]+|sqrt|[A-Za-z](?:_(?:\w|\{\w+\}))?|[-+*/^(){}\[\]]|π"
)
_SYMBOLS = frozenset(
    rf"\{name}" for name in "pi alpha beta gamma delta theta lambda mu phi varphi omega sigma rho tau".split()
)
_CLOSING = {"(": ")", "{": "}"}
_FRACTIONS = frozenset({r"\frac", r"\dfrac", r"\tfrac", r"\cfrac"})
_PRODUCTS = frozenset({"*", r"\cdot", r"\times"})


class _Reader:
    """Recursive descent over tokens: sum, product, power, atom."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.at = 0
        self.rounded = any("." in piece for piece in tokens)

    def read(self) -> Value:
        if not self.tokens:
            raise DeclinedError
        value = self._sum(depth=0)
        if self.at != len(self.tokens):
            raise DeclinedError
        return Value(value.above, value.below, self.rounded)

    def _peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def _take(self) -> str:
        piece = self.tokens[self.at]
        self.at += 1
        return piece

    def _sum(self, depth: int) -> Value:
        if depth > _DEEPEST:
            raise DeclinedError
        sign = {"-": -1, "+": 1}.get(self._peek(), 0)
        if sign:
            self._take()
        total = scaled(self._product(depth), sign or 1)
        while self._peek() in {"+", "-"}:
            sign = -1 if self._take() == "-" else 1
            total = add(total, scaled(self._product(depth), sign))
        return total

    def _product(self, depth: int) -> Value:
        value, divided = self._power(depth), False
        while (piece := self._peek()) and piece not in {"+", "-", ")", "}", "]"}:
            if piece in _PRODUCTS:
                self._take()
                value = multiply(value, self._power(depth))
            elif piece in {"/", r"\div"}:
                self._take()
                value, divided = divide(value, self._power(depth)), True
            elif divided or self._is_mixed_number() or piece[0].isdigit() or piece[0] == ".":
                raise DeclinedError  # 1/2x, 1\frac12, 1 2: each is read in two ways
            else:
                value = multiply(value, self._power(depth))
        return value

    def _is_mixed_number(self) -> bool:
        return self._peek() in _FRACTIONS and self.tokens[self.at - 1][-1].isdigit()

    def _power(self, depth: int) -> Value:
        base = self._atom(depth)
        if self._peek() not in {"^", "**"}:
            return base
        self._take()
        exponent = integer(self._exponent(depth))
        if self._peek() in {"^", "**"} or abs(exponent) > _BIGGEST_POWER:
            raise DeclinedError
        result = rational(1)
        for _ in range(abs(exponent)):
            result = multiply(result, base)
        return result if exponent >= 0 else divide(rational(1), result)

    def _exponent(self, depth: int) -> Value:
        sign = -1 if self._peek() == "-" else 1
        if sign < 0:
            self._take()
        return scaled(self._atom(depth), sign)

    def _argument(self, depth: int) -> Value:
        r"""Of `\frac` and `\sqrt`: a group, or one digit: `\frac12` is a half."""
        piece = self._peek()
        if piece.isdigit() and len(piece) == 2:
            self.tokens[self.at : self.at + 1] = list(piece)
        elif piece[:1].isdigit() and len(piece) > 1:
            raise DeclinedError
        return self._atom(depth)

    def _atom(self, depth: int) -> Value:
        piece = self._take()
        if piece in _CLOSING:
            return self._group(_CLOSING[piece], depth)
        if piece[0].isdigit() or piece[0] == ".":
            return rational(Fraction(piece.replace(",", "")))
        if piece in _FRACTIONS:
            return divide(self._argument(depth), self._argument(depth))
        if piece in {r"\sqrt", "sqrt"}:
            return self._root(depth)
        if piece.isalpha() or piece[1:2] == "_" or piece in _SYMBOLS:
            return symbol(piece.replace("π", r"\pi").replace("{", "").replace("}", ""))
        raise DeclinedError

    def _group(self, closing: str, depth: int) -> Value:
        value = self._sum(depth + 1)
        if self._take() != closing:
            raise DeclinedError
        return value

    def _root(self, depth: int) -> Value:
        if self._peek() == "[" or (self._peek().isdigit() and len(self._peek()) > 1):
            raise DeclinedError  # another root; \sqrt12 is the root of 1, or of 12
        return root(fraction(self._argument(depth)))
