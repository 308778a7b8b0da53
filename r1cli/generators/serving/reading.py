"""From what a server said to a `Reply`; and whether its samples differ at all."""

from __future__ import annotations

from collections.abc import Sequence

from r1cli.generators.generator import Question, Reply, ServedBy, Usage
from r1cli.generators.serving.attempts import LoggedAttempt
from r1cli.generators.serving.wire import Api, usage_of
from r1cli.template import END_THINK, THINK, Completion, opens_thought, parse

CUT_OFF = frozenset({"length", "max_tokens", "content_filter", "error"})
"""Reasons for an end that is none."""


def reply_of(
    question: Question,
    prompt: str,
    attempt: LoggedAttempt,
    place: int,
    *,
    model: str,
    api: Api,
    wasted: Sequence[LoggedAttempt] = (),
) -> Reply:
    """The reply that stands at `place` among those of an attempt.

    Its usage is its share of the request's: the prompt was read once for all replies and counts with the first, what
    was generated is divided equally. Tokens of attempts before it that came to nothing are added.
    """
    usage = _share(usage_of(attempt.usage), place, len(attempt.replies))
    for other in wasted:
        usage = _sum(usage, usage_of(other.usage))
    said = attempt.replies[place]
    finished = said.finish not in CUT_OFF
    tokens = _share(usage_of(attempt.usage), place, len(attempt.replies)).completion or 0
    if api == "completions":
        completion = parse(said.text, finished=finished, tokens=tokens, prefilled=opens_thought(prompt))
    else:
        completion = of_parts(said.text, said.thought, finished=finished, tokens=tokens)
    seconds = None if attempt.seconds is None else attempt.seconds / len(attempt.replies)
    return Reply(question, completion, usage, seconds, model, _served(attempt))


def unanswered(question: Question, attempt: LoggedAttempt, *, model: str) -> Reply:
    """What stands for a reply where the server refused to give one."""
    return Reply(question, parse("", finished=False), Usage(), attempt.seconds, model, _served(attempt))


def of_parts(text: str, thought: str | None, *, finished: bool, tokens: int) -> Completion:
    """A thought that came by itself is put where a model writes it, so that both forms are read alike."""
    if thought is None:
        return parse(text, finished=finished, tokens=tokens)
    whole = f"{THINK}{thought}{END_THINK}{text}"
    well_formed = parse(whole).well_formed
    return Completion(whole, thought.strip(), parse(text).answer, well_formed, finished, tokens)


class Sameness:
    """Notices a server that gives one text for every sample: it ignores the temperature, or takes one seed for all."""

    def __init__(self, most: int | None) -> None:
        """`most` prompts whose samples are all the same are the end, as long as none has two; None: never."""
        self._most = most
        self._first: dict[str, int] = {}
        self._number: dict[str, int] = {}

    def add(self, reply: Reply) -> str:
        """Why to stop; empty as long as there is no reason to."""
        if self._most is None or not reply.completion.finished:
            return ""
        prompt, text = reply.question.id, hash(reply.completion.text)
        if self._first.setdefault(prompt, text) != text:
            self._first.clear()
            self._most = None
            return ""
        self._number[prompt] = self._number.get(prompt, 0) + 1
        repeated = [number for number in self._number.values() if number > 1]
        if len(repeated) < self._most:
            return ""
        self._most = None
        return f"all {sum(repeated)} samples of {len(repeated)} prompts are the same text, prompt by prompt"


def _served(attempt: LoggedAttempt) -> ServedBy:
    return ServedBy(attempt.model, attempt.fingerprint, attempt.date)


def _share(usage: Usage, place: int, replies: int) -> Usage:
    first = place == 0

    def divided(total: int | None) -> int | None:
        if total is None:
            return None
        whole, rest = divmod(total, replies)
        return whole + (place < rest)

    return Usage(
        prompt=usage.prompt if first or usage.prompt is None else 0,
        cached=usage.cached if first or usage.cached is None else 0,
        completion=divided(usage.completion),
        reasoning=divided(usage.reasoning),
    )


def _sum(a: Usage, b: Usage) -> Usage:
    def added(x: int | None, y: int | None) -> int | None:
        return x if y is None else (x or 0) + y

    return Usage(
        added(a.prompt, b.prompt),
        added(a.cached, b.cached),
        added(a.completion, b.completion),
        added(a.reasoning, b.reasoning),
    )
