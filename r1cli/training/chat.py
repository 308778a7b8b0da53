"""`template=chat`: the form of a chat that lies beside a model's tokenizer, as a template like any other.

It is rendered once, around the place of the question, when a stage has its input model. That the prompts are the tokens
of `apply_chat_template` is checked then, not believed: chat templates are programs. They come with a model's files, so
they run in a process that is killed when it takes too long or too much memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from r1cli.artifact import Artifact
from r1cli.errors import ConfigError
from r1cli.stage import ModelSpec
from r1cli.training.models import CHAT, QUESTION, TRIMMED_QUESTION, load_tokenizer, prompt_text
from r1cli.verify.isolation import pool

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

A_DAY = {"%d": "26", "%b": "Jul", "%B": "July", "%m": "07", "%y": "24", "%Y": "2024"}
"""Some chat templates tell the date; a prompt that is another one tomorrow makes no result that can be repeated."""
_HINT = "write its form as a text, model.template=, with {question} in it"
PROBES = ("1 + 1?", " \n{x} {{y}}\t", "two\nlines\n\n")
RENDERING_S = 20.0
"""For all texts together, by a clock that starts when the libraries are loaded; they take milliseconds."""
LONGEST = 1 << 20
"""Characters of a rendered chat. The forms of published models have a hundred; with a system message, thousands."""


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
    texts = dict(zip((QUESTION, *PROBES), _rendered(tokenizer, (QUESTION, *PROBES)), strict=True))
    around = _without_start(tokenizer, texts[QUESTION])
    # Many chat templates strip what is said.
    for template in (around, around.replace(QUESTION, TRIMMED_QUESTION)):
        if all(_reads(tokenizer, template, probe, chat=texts[probe]) for probe in PROBES):
            return template
    raise ConfigError("template=chat: the chat template changes what it is given, or how it is read", hint=_HINT)


def _rendered(tokenizer: PreTrainedTokenizerBase, questions: Sequence[str]) -> list[str]:
    """What the chat template makes of each question, asked alone.

    Raises:
        ConfigError: it fails, does not end, or makes too much of it.
    """
    call = (_program(tokenizer), tuple(questions), dict(tokenizer.special_tokens_map))
    ended = pool.run(render, [call], timeout_s=RENDERING_S, preload=("transformers.utils.chat_template_utils",))[0]
    if ended.how == "done":
        return list(ended.value)
    last_line = ended.note.strip().rpartition("\n")[2]  # of a traceback: the exception's class and what it says
    why = last_line.partition(": ")[2] or last_line
    raise ConfigError(f"template=chat: the chat template fails: {why[:200]}", hint=_HINT)


def _program(tokenizer: PreTrainedTokenizerBase) -> str:
    try:
        program = tokenizer.get_chat_template()
    except ValueError as e:  # several, and none is called default
        raise ConfigError("template=chat: the tokenizer has several chat templates, no default", hint=_HINT) from e
    if not isinstance(program, str):
        raise ConfigError("template=chat: the tokenizer's chat template is no text", hint=_HINT)
    if "strftime_now" in program:
        replaced = "".join(f'.replace("{name}", "{value}")' for name, value in A_DAY.items())
        program = f"{{% macro strftime_now(format) %}}{{{{ format{replaced} }}}}{{% endmacro %}}{program}"
    return program


def render(program: str, questions: Sequence[str], special_tokens: dict[str, Any]) -> list[str]:
    """Each question as a chat of one message, by a chat template. Called in a worker process: the program is foreign.

    Raises:
        ValueError: a text is longer than LONGEST.
    """
    from transformers.utils.chat_template_utils import render_jinja_template

    chats = [[{"role": "user", "content": question}] for question in questions]
    # It is declared to return a text, and returns the texts and what it knows of them.
    rendered: Any = render_jinja_template(chats, chat_template=program, add_generation_prompt=True, **special_tokens)
    texts: list[str] = rendered[0]
    if any(len(text) > LONGEST for text in texts):
        raise ValueError(f"it makes over {LONGEST >> 20} million characters of a question")
    return texts


def _reads(tokenizer: PreTrainedTokenizerBase, template: str, question: str, *, chat: str) -> bool:
    """Does the model read with the template what it would read in a chat?"""
    ids = tokenizer(prompt_text(template, question))["input_ids"]
    return bool(ids == tokenizer(chat, add_special_tokens=False)["input_ids"])


def _without_start(tokenizer: PreTrainedTokenizerBase, text: str) -> str:
    """Without the token that begins a text, where the tokenizer will put it there itself."""
    start = tokenizer.bos_token
    adds_it = start is not None and tokenizer("")["input_ids"][:1] == [tokenizer.bos_token_id]
    return text.removeprefix(str(start)) if adds_it else text
