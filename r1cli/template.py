"""The R1 response grammar, parsed and written in this one place.

A response is `<think> thought </think> <answer> answer </answer>` (paper V2, Table 1). Rewards, rejection filters and
the evaluation all see a response through `parse`.

Whitespace around tags never matters, tags are case-sensitive, and a response that breaks the grammar is still taken
apart as well as can be: the thought reaches from the first `<think>` (or from the start, if `</think>` comes first) to
the last `</think>`; a thought that is open at the end of the text takes all that follows, answers inside it included.
So whatever stands in `answer` was said outside the thought. The paper does not say whether `<answer>` is checked: here
it is.
"""

from __future__ import annotations

from dataclasses import dataclass

THINK, END_THINK, ANSWER, END_ANSWER = "<think>", "</think>", "<answer>", "</answer>"


@dataclass(frozen=True, slots=True)
class Completion:
    """A response, taken apart."""

    text: str
    """All that the model wrote."""
    thought: str
    """Between the think tags; empty if there is none."""
    answer: str
    """The final answer: the answer part if there is one, else what follows the thought; never the thought."""
    well_formed: bool
    """Exactly one thought and one answer, in order, nothing else around them, neither of them empty."""
    finished: bool = True
    """False: cut off at the token limit."""
    tokens: int = 0
    """Tokens that were generated, the one that ends the text included; 0 if unknown."""


def parse(text: str, *, finished: bool = True, tokens: int = 0, prefilled: bool = False) -> Completion:
    """Take a response apart, in time linear in its length.

    `prefilled`: the prompt already ended with `<think>`, so the response starts inside the thought.
    """
    full = THINK + text if prefilled else text
    before, thought, after = _split_thought(full)
    return Completion(text, thought, _last_answer(before, after), _is_well_formed(full), finished, tokens)


def opens_thought(prompt: str) -> bool:
    """Does the prompt (or a template) end with `<think>`? Then the response starts inside the thought."""
    return prompt.rstrip().endswith(THINK)


def render(thought: str, answer: str) -> str:
    """The canonical form of a response: `parse` gives both parts back."""
    return f"{THINK}{thought.strip()}{END_THINK}{ANSWER}{answer.strip()}{END_ANSWER}"


def _is_well_formed(text: str) -> bool:
    if any(text.count(tag) != 1 for tag in (THINK, END_THINK, ANSWER, END_ANSWER)):
        return False
    before, _, rest = text.partition(THINK)
    thought, _, rest = rest.partition(END_THINK)
    between, _, rest = rest.partition(ANSWER)
    answer, end, after = rest.partition(END_ANSWER)
    return bool(end) and not (before + between + after).strip() and _is_visible(thought) and _is_visible(answer)


def _is_visible(text: str) -> bool:
    """Whether anything can be seen: zero-width characters are no thought."""
    return any(c.isprintable() and not c.isspace() for c in text)


def _split_thought(text: str) -> tuple[str, str, str]:
    """What comes before the thought, the thought, what comes after it."""
    start, end = text.find(THINK), text.find(END_THINK)
    if start < 0 and end < 0:
        return "", "", text
    opened = start >= 0 and (end < 0 or start < end)
    before = text[:start] if opened else ""
    inside = text[start + len(THINK) :] if opened else text
    if text.rfind(THINK) > text.rfind(END_THINK):  # open at the end of the text
        return before, inside.strip(), ""
    thought, _, after = inside.rpartition(END_THINK)
    return before, thought.strip(), after


def _last_answer(before: str, after: str) -> str:
    """The last answer part outside the thought, its end tag optional; without any, what follows the thought."""
    outside = before if ANSWER in before and ANSWER not in after else after
    _, _, tail = outside.rpartition(ANSWER)
    return tail.partition(END_ANSWER)[0].strip()
