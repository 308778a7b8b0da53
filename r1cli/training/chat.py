"""`template=chat`: the form of a chat that lies beside a model's tokenizer, as a template like any other.

It is rendered once, around the place of the question, when a stage has its input model. That the prompts are the tokens
of `apply_chat_template` is checked then, not believed: chat templates are programs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from r1cli.artifact import Artifact
from r1cli.errors import ConfigError
from r1cli.stage import ModelSpec
from r1cli.text import first_line
from r1cli.training.models import CHAT, QUESTION, TRIMMED_QUESTION, load_tokenizer, prompt_text

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

A_DAY = {"%d": "26", "%b": "Jul", "%B": "July", "%m": "07", "%y": "24", "%Y": "2024"}
"""Some chat templates tell the date; a prompt that is another one tomorrow makes no result that can be repeated."""
_HINT = "write its form as a text, model.template=, with {question} in it"
PROBES = ("1 + 1?", " \n{x} {{y}}\t", "two\nlines\n\n")


def with_its_chat(spec: ModelSpec, model: Artifact) -> ModelSpec:
    """The same with what `template=chat` stands for, read off the model's tokenizer.

    Raises:
        ConfigError: see `chat_template`.
    """
    if spec.template != CHAT:
        return spec
    return spec.model_copy(update={"template": chat_template(load_tokenizer(model))})


def chat_template(tokenizer: PreTrainedTokenizerBase) -> str:
    """What the tokenizer's chat template makes of one message, with `{question}` in its place, ready to be answered.

    Raises:
        ConfigError: there is none, or none that a text with a place for the question can stand for.
    """
    if not tokenizer.chat_template:
        raise ConfigError(
            "template=chat: no chat template lies beside the model's tokenizer",
            hint="it is for models that were trained to chat; leave template= out, or give model.template=",
        )
    from jinja2 import TemplateError

    try:
        text = _without_start(tokenizer, _rendered(tokenizer, QUESTION, tokenize=False))
        # Many chat templates strip what is said.
        for template in (text, text.replace(QUESTION, TRIMMED_QUESTION)):
            if all(_reads(tokenizer, template, probe) for probe in PROBES):
                return template
    except TemplateError as e:
        raise ConfigError(f"template=chat: the chat template fails: {first_line(e)}", hint=_HINT) from e
    raise ConfigError("template=chat: the chat template changes what it is given, or how it is read", hint=_HINT)


def _rendered(tokenizer: PreTrainedTokenizerBase, question: str, *, tokenize: bool) -> Any:
    program = tokenizer.get_chat_template()
    if "strftime_now" in program:
        replaced = "".join(f'.replace("{name}", "{value}")' for name, value in A_DAY.items())
        program = f"{{% macro strftime_now(format) %}}{{{{ format{replaced} }}}}{{% endmacro %}}{program}"
    return tokenizer.apply_chat_template(
        [{"role": "user", "content": question}],
        chat_template=program,
        add_generation_prompt=True,
        tokenize=tokenize,
        return_dict=False,
    )


def _reads(tokenizer: PreTrainedTokenizerBase, template: str, question: str) -> bool:
    """Does the model read with the template what it would read in a chat?"""
    ids = tokenizer(prompt_text(template, question))["input_ids"]
    return bool(ids == _rendered(tokenizer, question, tokenize=True))


def _without_start(tokenizer: PreTrainedTokenizerBase, text: str) -> str:
    """Without the token that begins a text, where the tokenizer will put it there itself."""
    start = tokenizer.bos_token
    adds_it = start is not None and tokenizer("")["input_ids"][:1] == [tokenizer.bos_token_id]
    return text.removeprefix(str(start)) if adds_it else text
