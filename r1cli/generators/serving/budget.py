"""The budget: a request is sent only if it can be paid, whatever it turns out to cost.

Before a request is sent, its highest possible price is set aside: all bytes of the prompt as tokens, and the longest
reply that was allowed. When it has come back, what it did not use is given back. So the sum of all charges never
passes the limit, at any number of requests at a time.
"""

from __future__ import annotations

import threading

from r1cli.generators.generator import Usage
from r1cli.generators.prices import TokenPrice


class Budget:
    """Dollars that may be spent; safe to be called from many threads."""

    def __init__(self, limit: float | None, price: TokenPrice | None, *, spent: float = 0.0) -> None:
        """`limit` None: anything goes. `spent`: by earlier runs."""
        self.spent = spent
        """Dollars so far, at most."""
        self.limit = limit
        self._price = price
        self._reserved = 0.0
        self._under_way = 0
        self._changed = threading.Condition()

    def reserve(self, most: Usage, stopped: threading.Event) -> float | None:
        """Set the price of a request aside; waits while what others have set aside is needed.

        Returns the sum that was set aside; None if there will never be enough, or if `stopped` was set.
        """
        if self.limit is None or self._price is None:
            return 0.0
        price = self._price.dollars(most) or 0.0
        with self._changed:
            while self.spent + self._reserved + price > self.limit:
                if stopped.is_set() or not self._under_way:
                    return None
                self._changed.wait(timeout=1.0)
            self._reserved += price
            self._under_way += 1
        return price

    def settle(self, reserved: float, charged: Usage) -> None:
        """Give back what was set aside, and count what it has cost."""
        if self._price is None:
            return
        with self._changed:
            self.spent += self._price.dollars(charged) or 0.0
            if self.limit is not None:
                self._under_way -= 1
                self._reserved = self._reserved - reserved if self._under_way else 0.0
            self._changed.notify_all()
