"""Talk to a model of the store, or to one behind an address: one question, one answer."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Thread
from typing import Any, cast

from r1cli.errors import ConfigError
from r1cli.store.records import Entry
from r1cli.template import opens_thought

TEMPERATURE = 0.6
"""The paper's, V2 D.1."""


class Talker:
    """A model that answers questions, each for itself, in the template that it was trained with."""

    def __init__(self, entry: Entry, *, device: str = "cpu") -> None:
        import yaml

        from r1cli.layout import CONFIG
        from r1cli.publish.entries import out_of
        from r1cli.stage import ModelSpec
        from r1cli.training.chat import with_its_chat
        from r1cli.training.models import load_model, load_tokenizer

        trained = ModelSpec.model_validate(yaml.safe_load((entry.path / CONFIG).read_text("utf-8"))["model"])
        spec = with_its_chat(trained, out_of(entry))
        self.template, self.longest = spec.template, spec.max_tokens
        self.in_thought = opens_thought(spec.template)
        """Does a response begin inside the thought?"""
        self._model = cast("Any", load_model(out_of(entry), spec, device))
        self._model.eval()
        self._tokenizer: Any = load_tokenizer(out_of(entry))

    def pieces(self, question: str, *, temperature: float | None, seed: int) -> Iterator[str]:
        """The response, piece by piece, as it is drawn; at temperature 0 always the likeliest token."""
        import torch
        from transformers import TextIteratorStreamer

        from r1cli.generators.base import end_ids
        from r1cli.training.models import prompt_text

        prompt = self._tokenizer(prompt_text(self.template, question), return_tensors="pt").to(self._model.device)
        streamer = TextIteratorStreamer(self._tokenizer, skip_prompt=True, skip_special_tokens=True)
        warmth = TEMPERATURE if temperature is None else temperature
        drawn = {"do_sample": warmth > 0, "temperature": warmth if warmth > 0 else None}
        room = max(1, self.longest - prompt["input_ids"].shape[1])

        def draw() -> None:
            torch.manual_seed(seed)
            self._model.generate(
                input_ids=prompt["input_ids"],
                attention_mask=prompt["attention_mask"],
                streamer=streamer,
                max_new_tokens=room,
                eos_token_id=end_ids(self._model, self._tokenizer),
                pad_token_id=self._tokenizer.pad_token_id,
                top_k=0,
                top_p=1.0,
                **{name: value for name, value in drawn.items() if value is not None},
            )

        thread = Thread(target=draw, daemon=True)
        thread.start()
        yield from streamer
        thread.join()


class ServedTalker:
    """A model behind an address, `generator=served`: a response is there when all of it is."""

    def __init__(self, overrides: Sequence[str]) -> None:
        """Of a command line.

        Raises:
            ConfigError: its generator has no address, or its key is not there.
        """
        from r1cli.config.hydra import compose, hydra_ready
        from r1cli.config.stages import component
        from r1cli.generators.served import Served
        from r1cli.stage import ModelSpec

        with hydra_ready():
            composed = compose("eval", overrides)
            generator = component(composed, "r1cli.generators.generator.Generator", "generator")
            model: ModelSpec = component(composed, "r1cli.stage.ModelSpec", "model")
        if not isinstance(generator, Served):
            message = f"generator={composed.choices.get('generator')}: there is no address to ask at"
            raise ConfigError(message, hint="name a model of the store, or give generator=served")
        generator.preflight()
        self._generator = generator
        self._template = model.template
        self._asked = 0
        self.in_thought = generator.api == "completions" and opens_thought(model.template)

    def pieces(self, question: str, *, temperature: float | None, seed: int) -> Iterator[str]:
        """The response, its thought in tags.

        Args:
            question: as the user wrote it.
            temperature: None: that of `generator.temperature`.
            seed: sent along where the generator sends one.

        Raises:
            ServerStopped: the server does not answer, or refuses.
        """
        from r1cli.generators.generator import Lent, Question
        from r1cli.training.models import prompt_text

        generator = self._generator
        if temperature is not None:
            generator = generator.model_copy(update={"temperature": temperature})
        self._asked += 1
        wanted = [Question(f"chat-{self._asked}", 0, question, seed)]
        with tempfile.TemporaryDirectory(prefix="r1cli-chat-") as folder:
            lent = Lent(Path(folder), logging.getLogger(__name__), render=lambda q: prompt_text(self._template, q))
            for reply in generator.replies(wanted, lent):
                yield reply.completion.text
