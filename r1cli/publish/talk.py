"""Talk to a model of the store: one question, one answer, as it is drawn."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Thread
from typing import Any, cast

from r1cli.store.records import Entry


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
        self._model = cast("Any", load_model(out_of(entry), spec, device))
        self._model.eval()
        self._tokenizer: Any = load_tokenizer(out_of(entry))

    def pieces(self, question: str, *, temperature: float, seed: int) -> Iterator[str]:
        """The response, piece by piece, as it is drawn; at temperature 0 always the likeliest token."""
        import torch
        from transformers import TextIteratorStreamer

        from r1cli.generators.base import end_ids
        from r1cli.training.models import prompt_text

        prompt = self._tokenizer(prompt_text(self.template, question), return_tensors="pt").to(self._model.device)
        streamer = TextIteratorStreamer(self._tokenizer, skip_prompt=True, skip_special_tokens=True)
        drawn = {"do_sample": temperature > 0, "temperature": temperature if temperature > 0 else None}
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
