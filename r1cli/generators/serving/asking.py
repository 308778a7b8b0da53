"""Asking: many requests at a time, each sent again until it is answered, every attempt noted and paid from one budget.

| what came | what happens |
|---|---|
| replies | handed on; those that are missing (`n` was ignored) are asked for again |
| 408, 409, 425, 429, 5xx, no or half a response, nonsense | sent again, later each time; 429 holds all requests back |
| 400, 413, 422 and other 4xx | this request is refused: noted, the others go on; before any success it stops all |
| 401, 402, 403, 404, 3xx, no quota | it stops all: the next request would fare no better |

When something stops it, requests that are under way are waited for: they are paid for.
"""

from __future__ import annotations

import logging
import queue
import random
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from r1cli.errors import R1Error
from r1cli.generators.generator import Question, Usage
from r1cli.generators.serving.attempts import AttemptLog, LoggedAttempt, prompt_hash
from r1cli.generators.serving.budget import Budget
from r1cli.generators.serving.pacing import Pace, backoff_s
from r1cli.generators.serving.transport import Exchange, Transport
from r1cli.generators.serving.wire import Api, Response, UnreadableResponse, complaint, error_code, read_response

_log = logging.getLogger(__name__)

TRANSIENT = frozenset({408, 409, 425, 429})
"""Statuses below 500 that another attempt may mend."""
PERMANENT = frozenset({401, 402, 403, 404, 405, 410})
"""Statuses that every other request would get too."""
NO_QUOTA = frozenset({"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"})
"""OpenAI's codes for a 429 that no waiting mends."""


class ServerStopped(R1Error, RuntimeError):
    """The server does not answer, or will not; replies that came before are kept."""


class BudgetReached(R1Error, RuntimeError):
    """The next request might pass the budget; replies that came before are kept."""


@dataclass(slots=True)
class Ask:
    """Samples of one prompt that are asked for in one request."""

    prompt: str
    """As it is sent, a template included."""
    most: Usage
    """Tokens of the prompt, and of one reply, at most."""
    questions: list[Question]
    """Those that are still unanswered."""
    spent: list[LoggedAttempt] = field(default_factory=list)
    """Attempts that came to nothing since the last reply; their tokens count as those of the next."""

    def at_most(self) -> Usage:
        """Tokens of one request for all that is missing, at most."""
        return Usage(self.most.prompt, None, (self.most.completion or 0) * len(self.questions))


@dataclass(frozen=True, slots=True)
class Answered:
    """What came for some questions of one prompt, or the refusal to answer them."""

    questions: tuple[Question, ...]
    attempt: LoggedAttempt
    wasted: tuple[LoggedAttempt, ...] = ()
    """Attempts before it that came to nothing."""
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a request is tried."""

    attempts: int
    """Of one request, before everything stops."""
    first_wait_s: float
    most_wait_s: float
    """Between two attempts; a server that asks for more stops everything."""


class Asking:
    """The requests of one evaluation, under way."""

    def __init__(
        self,
        *,
        api: Api,
        body: Callable[[Ask], Mapping[str, Any]],
        transport: Transport,
        log: AttemptLog,
        pace: Pace,
        budget: Budget,
        patience: Patience,
        connections: int,
    ) -> None:
        self._api = api
        self._body = body
        self._transport = transport
        self._attempts = log
        self._pace = pace
        self._budget = budget
        self._patience = patience
        self._connections = connections
        self._stopped = threading.Event()
        self._error: BaseException | None = None
        self._succeeded = any(attempt.replies for attempt in log.earlier)
        self._waiting: deque[Ask] = deque()
        self._came: queue.SimpleQueue[Answered | None] = queue.SimpleQueue()
        self._rng = random.Random()

    def answers(self, asks: Sequence[Ask]) -> Iterator[Answered]:
        """What comes, as it comes.

        Raises:
            ServerStopped: the server is not there, or nothing would change if it were asked again.
            BudgetReached: the next request might pass the budget.
        """
        self._waiting.extend(asks)
        workers = [
            threading.Thread(target=self._work, name=f"served-{i}", daemon=True)
            for i in range(min(self._connections, len(asks)))
        ]
        for worker in workers:
            worker.start()
        try:
            alive = len(workers)
            while alive:
                answered = self._came.get()
                if answered is None:
                    alive -= 1
                else:
                    yield answered
        except BaseException:
            # Whoever asked has gone away (a mistake of theirs, Ctrl-C). Nobody waits for the slowest reply then: the
            # threads are daemons, and what they have sent stands in the log.
            self._stopped.set()
            raise
        for worker in workers:
            worker.join()
        if self._error is not None:
            raise self._error

    def stop(self, error: BaseException) -> None:
        """Send nothing more, and have `answers` raise this when what is under way has come back."""
        if self._error is None:
            self._error = error
        self._stopped.set()

    def _work(self) -> None:
        try:
            while not self._stopped.is_set():
                try:
                    ask = self._waiting.popleft()
                except IndexError:
                    return
                while ask.questions and not self._stopped.is_set():
                    self._once(ask)
        except BaseException as e:  # noqa: BLE001 - raised again by `answers`, in the thread that asked
            self.stop(e)
        finally:
            self._came.put(None)

    def _once(self, ask: Ask) -> None:
        """One attempt, and what follows from it."""
        most = ask.at_most()
        if not self._pace.wait((most.prompt or 0) + (most.completion or 0), self._stopped):
            return
        reserved = self._budget.reserve(most, self._stopped)
        if reserved is None:
            if not self._stopped.is_set():
                self.stop(self._too_dear())
            return
        attempt, exchange = self._send(ask, most)
        self._budget.settle(reserved, attempt.charged[1])
        if attempt.replies:
            self._succeeded = True
            number = min(len(attempt.replies), len(ask.questions))
            self._came.put(Answered(tuple(ask.questions[:number]), attempt, tuple(ask.spent)))
            ask.questions, ask.spent = ask.questions[number:], []
        else:
            ask.spent.append(attempt)
            self._failed(ask, attempt, exchange)

    def _send(self, ask: Ask, most: Usage) -> tuple[LoggedAttempt, Exchange]:
        hashed = prompt_hash(ask.prompt)
        number = self._attempts.sent(ask.questions, hashed, attempt=len(ask.spent) + 1, most=most)
        exchange = self._transport.post(self._body(ask))
        response, failure = self._read(exchange)
        attempt = self._attempts.came(
            number,
            seconds=exchange.seconds,
            status=exchange.status,
            failure=failure,
            arrived=exchange.arrived,
            response=response,
        )
        return attempt, exchange

    def _read(self, exchange: Exchange) -> tuple[Response | None, str]:
        if exchange.status is None:
            return None, exchange.failure
        if exchange.status != 200:
            return None, f"{exchange.status}: {complaint(exchange.body)}"
        try:
            return read_response(self._api, exchange.body), ""
        except UnreadableResponse as e:
            return None, f"200: {e}"

    def _failed(self, ask: Ask, attempt: LoggedAttempt, exchange: Exchange) -> None:
        status = exchange.status or 0
        if status in PERMANENT or 300 <= status < 400 or error_code(exchange.body) in NO_QUOTA:
            return self.stop(ServerStopped(f"the server says {attempt.failure}", hint=_hint(status)))
        if 400 <= status < 500 and status not in TRANSIENT:
            return self._refused(ask, attempt)
        return self._again(ask, attempt, exchange)

    def _refused(self, ask: Ask, attempt: LoggedAttempt) -> None:
        if not self._succeeded:
            hint = "look at what is sent (generator.temperature=null leaves a key out), and at the prompt's length"
            return self.stop(ServerStopped(f"the server refuses the first request: {attempt.failure}", hint=hint))
        _log.warning("%s: refused: %s", ask.questions[0].id, attempt.failure)
        self._came.put(Answered(tuple(ask.questions), attempt, tuple(ask.spent[:-1]), refusal=attempt.failure))
        ask.questions = []
        return None

    def _again(self, ask: Ask, attempt: LoggedAttempt, exchange: Exchange) -> None:
        kept = "replies that came are kept; the same command asks for the rest"
        if len(ask.spent) >= self._patience.attempts:
            what = f"no reply after {len(ask.spent)} attempts; the last: {attempt.failure}"
            return self.stop(ServerStopped(what, hint=kept))
        asked = exchange.retry_after_s
        if asked is not None and asked > self._patience.most_wait_s:
            what = f"the server asks to wait {asked:,.0f} s: {attempt.failure}"
            return self.stop(ServerStopped(what, hint=f"{kept}; generator.most_wait_s= allows longer waits"))
        wait = backoff_s(
            len(ask.spent),
            first_s=self._patience.first_wait_s,
            most_s=self._patience.most_wait_s,
            rng=self._rng,
        )
        wait = max(wait, asked or 0.0)
        _log.info(
            "%s: attempt %d failed (%s), again in %.1f s", ask.questions[0].id, len(ask.spent), attempt.failure, wait
        )
        if exchange.status == 429:
            self._pace.pause(wait)
        self._stopped.wait(wait)
        return None

    def _too_dear(self) -> BudgetReached:
        return BudgetReached(
            f"the budget is used up: ${self._budget.spent:.4f} spent at most, and the next request could pass "
            f"generator.budget_usd={self._budget.limit:g}",
            hint="replies that came are kept; the same command with a higher generator.budget_usd= asks for the rest",
        )


def _hint(status: int) -> str:
    if status in {401, 403}:
        return "check the key in the environment variable that generator.key_env= names"
    if status == 404:
        return "check generator.base_url= (it often ends in /v1), generator.model= and generator.api="
    if 300 <= status < 400:
        return "redirects are not followed: they could carry the key elsewhere; give the final generator.base_url="
    return "replies that came are kept; the same command asks for the rest"
