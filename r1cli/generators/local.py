"""Local: the model that is evaluated replies, drawn on this machine by the native sampler."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from pydantic import Field, PositiveInt

from r1cli.errors import ConfigError
from r1cli.generators.generator import Generator, Lent, Question, Reply, Usage
from r1cli.generators.rule import SamplingRule
from r1cli.generators.sampler import Seeded, draw
from r1cli.generators.vllm.settings import Vllm
from r1cli.template import opens_thought, parse


class Local(Generator):
    """How completions are drawn; one says the same whatever else is drawn beside it, or was drawn before a kill."""

    TAKES_MODEL: ClassVar[bool] = True

    temperature: float = Field(ge=0)
    """0: the most likely token."""
    top_p: float = Field(gt=0, le=1)
    max_completion_tokens: PositiveInt
    """The token that ends a completion included."""
    backend: Vllm | None = None
    """What draws; None: the native sampler."""

    def drawn_by(self) -> Vllm | None:
        return self.backend

    def longest(self) -> int | None:
        return self.max_completion_tokens

    def replies(self, questions: Sequence[Question], lent: Lent) -> Iterator[Reply]:
        """Questions for which the model's context has no room are replied to first, with nothing."""
        if not questions:
            return
        if lent.load is None:
            raise ConfigError("generator: a model that runs here is wanted", hint="give init=<node, path or hub id>")
        model, tokenizer = lent.load()
        prompts = {question.prompt: lent.render(question.prompt) for question in questions}
        lengths = _lengths(tokenizer, list(prompts.values()))
        room = (getattr(model.config, "max_position_embeddings", None) or float("inf")) - self.max_completion_tokens
        fitting: list[Question] = []
        for question in questions:
            if lengths[prompts[question.prompt]] <= room:
                fitting.append(question)
            else:
                prompt = prompts[question.prompt]
                nothing = parse("", finished=False, prefilled=opens_thought(prompt))
                yield Reply(question, nothing, Usage(prompt=lengths[prompt], completion=0), 0.0, lent.model)
        if left_out := len(questions) - len(fitting):
            lent.log.warning("%d of %d prompts leave no room for a reply in the context", left_out, len(questions))
        wanted = [Seeded(prompts[question.prompt], question.seed) for question in fitting]
        rule = SamplingRule(self.temperature, self.top_p)
        before = time.monotonic()
        for place, made in draw(model, tokenizer, wanted, rule, longest=self.max_completion_tokens, rows=lent.rows):
            now = time.monotonic()
            usage = Usage(prompt=lengths[wanted[place].text], completion=made.tokens)
            yield Reply(fitting[place], made, usage, now - before, lent.model)
            before = time.monotonic()


def _lengths(tokenizer: Any, texts: Sequence[str]) -> dict[str, int]:
    """Tokens of each prompt."""
    return {text: len(ids) for text, ids in zip(texts, tokenizer(list(texts))["input_ids"], strict=True)}
