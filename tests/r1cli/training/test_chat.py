"""`template=chat`: prompts are the tokens that the tokenizer makes of a chat, whatever its chat template does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from r1cli import artifact
from r1cli.errors import ConfigError
from r1cli.template import opens_thought
from r1cli.training.chat import chat_template, with_its_chat
from r1cli.training.models import prompt_text
from tests.r1cli.training.test_models import SPEC
from tests.stages.tiny_training import small_tokenizer

pytestmark = pytest.mark.torch

TURNS = "{% for m in messages %}<{{ m['role'] }}>{{ m['content'] }}</s>{% endfor %}"
PLAIN = TURNS + "{% if add_generation_prompt %}<assistant>\n{% endif %}"
STRIPPED = PLAIN.replace("m['content']", "m['content'] | trim")
SPACED = PLAIN.replace("{{ m['content'] }}", " {{ m['content'].strip() }} ")
STARTED = "{{ bos_token }}" + STRIPPED
DATED = "Today is {{ strftime_now('%d %B %Y') }}.\n" + PLAIN
THINKING = TURNS + "<assistant><think>\n"
QUESTIONS = ["1 + 1?", "  two\nlines \n", "{question} {question|trim} {{ x }}", "你好?"]


def tokenizer(program: Any, *, bos: bool = False) -> Any:
    made = small_tokenizer()
    made.chat_template = program
    if bos:
        from tokenizers.processors import TemplateProcessing

        made.add_special_tokens({"bos_token": "<|begin|>"})
        special = [("<|begin|>", made.bos_token_id)]
        made.backend_tokenizer.post_processor = TemplateProcessing(single="<|begin|> $A", special_tokens=special)
    return made


def in_a_chat(reader: Any, question: str) -> list[int]:
    said = [{"role": "user", "content": question}]
    return reader.apply_chat_template(said, add_generation_prompt=True, return_dict=False)


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("program", [PLAIN, STRIPPED, SPACED, THINKING])
def test_a_prompt_is_what_the_tokenizer_makes_of_a_chat(program: str, question: str) -> None:
    reader = tokenizer(program)
    assert reader(prompt_text(chat_template(reader), question))["input_ids"] == in_a_chat(reader, question)


def test_a_text_begins_once() -> None:
    reader = tokenizer(STARTED, bos=True)
    ids = reader(prompt_text(chat_template(reader), "1 + 1?"))["input_ids"]
    assert ids == in_a_chat(reader, "1 + 1?")
    assert ids.count(reader.bos_token_id) == 1


def test_a_prompt_is_the_same_on_every_day() -> None:
    assert chat_template(tokenizer(DATED)).startswith("Today is 26 July 2024.\n<user>{question}</s>")


def test_a_chat_that_opens_the_thought_is_seen_to() -> None:
    assert opens_thought(chat_template(tokenizer(THINKING)))
    assert not opens_thought(chat_template(tokenizer(PLAIN)))


@pytest.mark.parametrize(
    ("program", "said"),
    [
        (None, "no chat template lies beside the model's tokenizer"),
        ("{{ raise_exception('a system message first') }}", "fails: a system message first"),
        (PLAIN.replace("m['content']", "m['content'].upper()"), "changes what it is given"),
        ("{{ messages[1]['content'] }}", "fails"),
        ("{% for m in messages %}", "fails: Unexpected end of template"),
        ("{{ 1 // 0 }}", "fails: "),
        ("{{ messages + 1 }}", "fails: can only concatenate list"),
        ({"tools": PLAIN, "rag": PLAIN}, "several chat templates, no default"),
        (5, "no text"),
    ],
)
def test_a_chat_template_that_cannot_be_used_is_a_mistake_with_a_hint(program: Any, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as e:
        chat_template(tokenizer(program))
    assert "model.template=" in e.value.hint


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("{{ 'a' * 10 ** 10 }}" + PLAIN, "fails: needs more than 2 GiB"),
        ("{% set big = 'a' * (messages | length * 10 ** 10) %}" + PLAIN, "fails: needs more than 2 GiB"),
        ("{{ 'a' * (messages | length * 10 ** 7) }}" + PLAIN, "fails: it makes over 1 million characters"),
        ("{% macro deep(n) %}{{ deep(n + 1) }}{% endmacro %}{{ deep(1) }}" + PLAIN, "fails: maximum recursion depth"),
    ],
)
def test_a_chat_template_that_fills_the_memory_is_given_up(program: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        chat_template(tokenizer(program))


def test_a_chat_template_that_does_not_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("r1cli.training.chat.RENDERING_S", 0.5)
    endless = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
    with pytest.raises(ConfigError, match="fails: not done after 0.5 s"):
        chat_template(tokenizer(endless + PLAIN))


def test_it_is_read_beside_the_model_and_any_other_template_is_left_alone(tmp_path: Path) -> None:
    tokenizer(PLAIN).save_pretrained(tmp_path)
    asked = with_its_chat(SPEC.model_copy(update={"template": "chat"}), artifact.model(tmp_path))
    assert asked.template == "<user>{question}</s><assistant>\n"
    assert with_its_chat(SPEC, artifact.model(tmp_path / "nothing")) is SPEC


def test_without_a_tokenizer_it_is_a_mistake_with_a_hint() -> None:
    with pytest.raises(ConfigError, match="no model whose tokenizer could say") as e:
        prompt_text("chat", "1 + 1?")
    assert "generator.api=chat" in e.value.hint
