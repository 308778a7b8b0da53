"""A model behind an OpenAI-compatible address: OpenAI, DeepSeek, vLLM, `transformers serve`, Ollama and their like.

    r1 eval benchmark=math500 generator=deepseek prices=deepseek_2025_02 generator.budget_usd=5

`api=chat` sends the question as the user's message; `api=completions` puts it into the template of `model=`, which is
how checkpoints of R1-Zero are asked behind vLLM. One request is one completion unless `samples_per_request` says
otherwise, because some servers ignore `n`.

The key is read from the environment variable that `key_env` names, and is in no configuration, log or file. What
identifies a result is who was asked (api, model, host, `as_of`) and how (what is sent). Neither makes a served model
repeatable: providers change weights and settings under one name, so what the server says of itself is kept with every
reply.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt, field_validator, model_validator

from r1cli.errors import ConfigError, R1Error
from r1cli.generators.generator import Generator, Lent, Question, Reply, Usage
from r1cli.generators.prices import Prices, TokenPrice
from r1cli.generators.serving.asking import Answered, Ask, Asking, Patience, ServerStopped
from r1cli.generators.serving.attempts import FILE, AttemptLog, prompt_hash, replies_of
from r1cli.generators.serving.budget import Budget
from r1cli.generators.serving.pacing import Pace
from r1cli.generators.serving.reading import Sameness, reply_of, unanswered
from r1cli.generators.serving.transport import Transport
from r1cli.generators.serving.wire import PATHS, Api, request_body

LOCAL = "local"
"""Stands for this machine's own names in the identity: which of them a server listens on is chance."""
_LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1", "0.0.0.0"})  # noqa: S104 - a name that people type
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
MESSAGE_TOKENS = 64
"""Tokens that a chat's form may add to a prompt, for what a request can cost at most."""


class SecretGiven(R1Error):
    """A key stands in the configuration. No ValueError: of those pydantic, and messages, repeat the value."""


class Served(Generator):
    """Asks over HTTP, many requests at a time; every attempt is in `attempts.jsonl` beside the samples."""

    NOT_IDENTITY: ClassVar[frozenset[str]] = frozenset(
        {
            "base_url", "key_env", "concurrency", "requests_per_minute", "tokens_per_minute", "attempts", "timeout_s",
            "first_wait_s", "most_wait_s", "budget_usd", "prices", "stop_when_identical", "samples_per_request",
        }
    )  # fmt: skip

    api: Api
    """chat or completions."""
    model: str
    """Its name at the server."""
    base_url: str
    """Where the server is, with its version: `https://api.deepseek.com/v1`."""
    host: str | None = None
    """Of `base_url`, for the identity; given only where the same server has several names."""
    key_env: str | None
    """Name of the environment variable that holds the key; None: no key."""
    as_of: str | None
    """A day, ISO 8601, as a part of the identity: another day asks the model anew. None: whenever it was asked."""
    temperature: NonNegativeFloat | None
    """None, here and below: not sent. The o-series refuse the key."""
    top_p: float | None = Field(gt=0, le=1)
    seed_bits: int | None = Field(ge=8, le=63)
    """A seed is sent with each request, cut to so many bits; with 63 it is the one that a model gets that runs here."""
    max_completion_tokens: PositiveInt
    """Longest reply, its thought included."""
    max_tokens_key: Literal["max_tokens", "max_completion_tokens"]
    """What the server calls it; OpenAI's reasoning models know the second name only."""
    extra: dict[str, Any]
    """Anything else that goes into the body of a request (`reasoning_effort: high`)."""
    samples_per_request: PositiveInt
    """`n` of a request: prompts are charged once for all of them, where the server supports it."""
    concurrency: PositiveInt
    """Requests under way at a time."""
    requests_per_minute: PositiveFloat | None
    """None, here and below: no limit of our own."""
    tokens_per_minute: PositiveFloat | None
    """Counted as a request could use at most."""
    attempts: PositiveInt
    """At one request, before everything stops."""
    timeout_s: PositiveFloat
    """For a whole response."""
    first_wait_s: PositiveFloat
    """After the first failed attempt; twice as long after each further one, up to `most_wait_s`."""
    most_wait_s: PositiveFloat
    """Longest wait between two attempts. A server that asks to wait longer stops everything."""
    budget_usd: PositiveFloat | None
    """Dollars for one benchmark, earlier runs of it included; a request that could pass it is not sent."""
    prices: Prices
    """What the budget is reckoned by."""
    refused: Literal["stop", "empty"]
    """A prompt that the server will not take (too long, filtered): stop when all others are answered, or count it as
    answered with nothing."""
    stop_when_identical: PositiveInt | None
    """Stop when so many prompts in a row have got one and the same text for all of their samples, at a temperature
    above 0: such samples say no more than one. None: go on."""

    @model_validator(mode="before")
    @classmethod
    def _take_host(cls, value: Any) -> Any:
        """Fill in `host`, and refuse addresses that hold a secret."""
        if not isinstance(value, Mapping) or not isinstance(value.get("base_url"), str):
            return value
        url = urlsplit(value["base_url"])
        if url.scheme not in {"http", "https"} or not url.hostname:
            raise ValueError("base_url: an address such as https://api.deepseek.com/v1 is expected")
        if url.username or url.password or url.query:
            raise SecretGiven(
                "base_url holds more than an address", hint="a key belongs into the environment: key_env="
            )
        host = LOCAL if url.hostname in _LOCAL_HOSTS else url.hostname
        return {**value, "host": value.get("host") or host}

    @field_validator("key_env")
    @classmethod
    def _is_a_name(cls, value: str | None) -> str | None:
        if value is not None and not _VARIABLE.fullmatch(value):
            raise SecretGiven("key_env is no name of a variable", hint="name the variable; do not give the key itself")
        return value

    def name(self) -> str:
        return self.model

    def longest(self) -> int | None:
        return self.max_completion_tokens

    def preflight(self) -> None:
        self._key()
        if self.budget_usd is not None and self._price is None:
            raise ConfigError(
                f"generator.budget_usd: prices={self.prices.name} has no price of {self.model}",
                hint="choose a list that has one (r1 ls prices), or add `prices.models` of your own",
            )

    def at_most(self, question: Question, render: Callable[[str], str]) -> Usage:
        return self._most(self._prompt(question, render))

    def dollars(self, usages: Iterable[Usage]) -> float | None:
        return None if self._price is None else sum(self._price.dollars(usage) or 0.0 for usage in usages)

    def replies(self, questions: Sequence[Question], lent: Lent) -> Iterator[Reply]:
        """See `Generator`; what earlier runs were answered comes first, and costs nothing.

        Raises:
            ServerStopped: the server does not answer, refuses, or gives the same text every time.
            BudgetReached: the next request might pass the budget.
            ConfigError: the key's variable is not set.
        """
        with closing(AttemptLog(lent.folder / FILE, model=self.model)) as log:
            paid = {key: (attempt, place) for key, attempt, place in replies_of(log.earlier)}
            missing: list[Question] = []
            for question in questions:
                prompt = self._prompt(question, lent.render)
                known = paid.get((question.id, prompt_hash(prompt), question.sample))
                if known is None:
                    missing.append(question)
                else:
                    yield reply_of(question, prompt, *known, model=self.name(), api=self.api)
            if missing:
                yield from self._asked(missing, lent, log)

    def _asked(self, missing: Sequence[Question], lent: Lent, log: AttemptLog) -> Iterator[Reply]:
        sameness = Sameness(self.stop_when_identical if self.temperature != 0 else None)
        refusals: list[str] = []
        with closing(self._transport()) as transport:
            asking = self._asking(transport, log)
            for answered in asking.answers(self._asks(missing, lent)):
                if answered.refusal:
                    refusals.append(f"{answered.questions[0].id}: {answered.refusal}")
                    if self.refused == "empty":
                        yield from (unanswered(q, answered.attempt, model=self.name()) for q in answered.questions)
                    continue
                for reply in self._taken_apart(answered, lent):
                    if why := sameness.add(reply):
                        asking.stop(ServerStopped(why, hint="see generator.seed_bits= and generator.temperature="))
                    yield reply
        if refusals and self.refused == "stop":
            what = f"{len(refusals)} prompts were refused, the others are answered; {refusals[0]}"
            raise ServerStopped(what, hint="generator.refused=empty counts them as answered with nothing")

    def _taken_apart(self, answered: Answered, lent: Lent) -> Iterator[Reply]:
        for place, question in enumerate(answered.questions):
            prompt = self._prompt(question, lent.render)
            wasted = answered.wasted if place == 0 else ()
            yield reply_of(question, prompt, answered.attempt, place, model=self.name(), api=self.api, wasted=wasted)

    def _asks(self, missing: Sequence[Question], lent: Lent) -> list[Ask]:
        """One request for up to `samples_per_request` samples of a prompt."""
        by_prompt: dict[tuple[str, str], list[Question]] = {}
        for question in missing:
            by_prompt.setdefault((question.id, self._prompt(question, lent.render)), []).append(question)
        size = self.samples_per_request
        return [
            Ask(prompt, self._most(prompt), questions[start : start + size])
            for (_, prompt), questions in by_prompt.items()
            for start in range(0, len(questions), size)
        ]

    def _body(self, ask: Ask) -> Mapping[str, Any]:
        seed = None if self.seed_bits is None else ask.questions[0].seed % 2**self.seed_bits
        sampling = {
            "temperature": self.temperature,
            "top_p": self.top_p,
            "seed": seed,
            self.max_tokens_key: self.max_completion_tokens,
        }
        return request_body(self.api, self.model, ask.prompt, n=len(ask.questions), sampling=sampling, extra=self.extra)

    def _prompt(self, question: Question, render: Callable[[str], str]) -> str:
        return question.prompt if self.api == "chat" else render(question.prompt)

    def _most(self, prompt: str) -> Usage:
        """Of any tokenizer a token has at least one byte."""
        return Usage(len(prompt.encode()) + MESSAGE_TOKENS, None, self.max_completion_tokens)

    def _asking(self, transport: Transport, log: AttemptLog) -> Asking:
        spent = Budget(None, self._price)
        for attempt in log.earlier:
            spent.settle(0.0, attempt.charged[1])
        return Asking(
            api=self.api,
            body=self._body,
            transport=transport,
            log=log,
            pace=Pace(requests_per_minute=self.requests_per_minute, tokens_per_minute=self.tokens_per_minute),
            budget=Budget(self.budget_usd, self._price, spent=spent.spent),
            patience=Patience(self.attempts, self.first_wait_s, self.most_wait_s),
            connections=self.concurrency,
        )

    def _transport(self) -> Transport:
        return Transport(
            f"{self.base_url.rstrip('/')}/{PATHS[self.api]}",
            key=self._key(),
            timeout_s=self.timeout_s,
            connections=self.concurrency,
            is_local=urlsplit(self.base_url).hostname in _LOCAL_HOSTS,
        )

    @property
    def _price(self) -> TokenPrice | None:
        return self.prices.of(self.model)

    def _key(self) -> str | None:
        if self.key_env is None:
            return None
        key = os.environ.get(self.key_env, "").strip()
        if not key:
            raise ConfigError(
                f"the environment variable {self.key_env} (generator.key_env) is not set",
                hint=f"export {self.key_env}=... before the command; the key is written nowhere",
            )
        if not (key.isascii() and key.isprintable()):
            raise ConfigError(f"the value of {self.key_env} is no key", hint="it holds characters that no key has")
        return key
