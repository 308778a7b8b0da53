"""The same held-out problem answered by every model: responses taken apart, words of other languages set off.

What models write is handed on as plain text, in pieces; it is the page's duty to show it as text and nothing else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite
from typing import Any

from r1cli import template
from r1cli.language.consistency import detect_language, language_consistency, words_by_script
from r1cli.results.evaluations import Evaluation
from r1cli.results.lineage import Lineage
from r1cli.store.records import with_ancestors

LIMIT = 1000
"""Answers of one model to one problem, over the whole page, unless the caller wants more or fewer."""
BYTES = 7_500_000
"""Most that all of them may take in the page, whatever their number."""
REASONING = "reasoning"
LONGEST = 4000
"""Characters of a thought or an answer that are shown; what is beyond is said to be missing."""
RUN = re.compile(r"</?[A-Za-z][^<>\n]{0,60}>|[A-Za-z\u00c0-\u024f]+|[^\W\d_A-Za-z\u00c0-\u024f]+")
"""A tag, or letters of one script; Latin ones may stand between Chinese ones without a space."""

Record = dict[str, Any]
Problem = tuple[int, str, dict[str, Record]]
"""Seed, the problem's id, and what each model was asked and answered."""


@dataclass(frozen=True)
class Transcripts:
    """What the page shows of them."""

    models: tuple[str, ...]
    """Labels, in the paper's order."""
    problems: tuple[Record, ...]
    """id, seed, kind, language, prompt, reference, and `models`: label -> its responses."""
    available: int
    """Problems that there are in all, seeds counted each."""


def transcripts(lineage: Lineage, evaluations: Sequence[Evaluation], *, limit: int = LIMIT) -> Transcripts:
    """Problems picked evenly, all models' answers to each; at most `limit` answers and BYTES in all.

    Args:
        lineage: says which model a seed's run shares with others.
        evaluations: the shown ones, in the order in which models are shown.
        limit: most answers (a model's to a problem).
    """
    models = tuple(dict.fromkeys(e.name for e in evaluations))
    problems: list[Problem] = []
    for seed in sorted({e.seed for e in evaluations}):
        problems += _of_seed(lineage, evaluations, seed)
    records: list[Record] = []
    room = BYTES
    for problem in _evenly(problems, limit // max(len(models), 1)):
        record = _record(*problem)
        room -= len(json.dumps(record, ensure_ascii=False).encode("utf-8", "replace"))
        if room < 0:
            break
        records.append(record)
    return Transcripts(models, tuple(records), len(problems))


def _of_seed(lineage: Lineage, evaluations: Sequence[Evaluation], seed: int) -> list[Problem]:
    """The problems of one seed's run, those with a reference answer first: seed, id, and each model's record."""
    answering = {e.name: e for e in evaluations if e.seed == seed}
    # A model that several seeds share, as they may the base model, was evaluated once: it answers beside each of them.
    upstream = with_ancestors(lineage.entries, [e.model for e in answering.values()])
    for e in evaluations:
        if e.model in upstream:
            answering.setdefault(e.name, e)
    answers: dict[str, dict[str, Record]] = {}  # problem -> model -> its record
    for evaluation in evaluations:
        if answering.get(evaluation.name) is evaluation:
            for record in evaluation.transcripts():
                answers.setdefault(record["id"], {})[evaluation.name] = record

    def place(problem: str) -> tuple[bool, list[tuple[int, str]]]:
        *_, record = answers[problem].values()
        return _kind(record) != REASONING, _natural(problem)

    return [(seed, problem, answers[problem]) for problem in sorted(answers, key=place)]


def _evenly(problems: Sequence[Problem], count: int) -> Sequence[Problem]:
    if count >= len(problems):
        return problems
    return [problems[i * len(problems) // count] for i in range(count)]


def pieces(text: str, language: str) -> list[str]:
    """A text cut at words of other languages: pieces at odd places are such words, the others are not."""
    parts = [""]
    end = 0
    for run in RUN.finditer(text):
        if _is_foreign(run.group(), language):
            parts[-1] += text[end : run.start()]
            parts += [run.group(), ""]
        else:
            parts[-1] += text[end : run.end()]
        end = run.end()
    parts[-1] += text[end:]
    return parts


@lru_cache(maxsize=50_000)
def _is_foreign(word: str, language: str) -> bool:
    if word.startswith("<") or not words_by_script(word):
        return False
    return language_consistency(f"{word} {word}", language) == 0.0


def _record(seed: int, problem: str, rows: Mapping[str, Record]) -> Record:
    row = next(iter(rows.values()))
    language = row.get("language") or detect_language(row["prompt"]) or "en"
    models = {}
    for label, answered in rows.items():
        models[label] = [_response(completion, language) for completion in answered["completions"]]
    return {
        "id": problem,
        "seed": seed,
        "kind": _kind(row),
        "language": language,
        "prompt": row["prompt"],
        "reference": row.get("answer"),
        "models": models,
    }


def _kind(row: Record) -> str:
    """What older evaluations did not write: a request without a reference answer was a general one."""
    return str(row.get("kind") or ("general" if row.get("answer") is None else REASONING))


def _natural(text: str) -> list[tuple[int, str]]:
    """For sorting: problem 9 before problem 10."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"([0-9]+)", text)]


def _response(completion: Record, language: str) -> Record:
    """A response taken apart; `said` is everything where it kept no part of the form."""
    text = completion["text"]
    parsed = template.parse(text)
    values = {k: v for k, v in completion.items() if k != "text" and isinstance(v, (int, float, type(None)))}
    shown: Record = {"values": {k: _short(v) for k, v in values.items()}, "mixed": False}
    if parsed.thought or parsed.well_formed:
        shown |= {"thought": _cut(parsed.thought, language), "answer": _cut(parsed.answer, language)}
        around = _around(text)
        shown |= {"around": _cut(around, language)} if around else {}
    else:
        shown |= {"said": _cut(text, language)}
    shown["mixed"] = any(len(part) > 1 for key, part in shown.items() if key in {"thought", "said"})
    return shown


def _around(text: str) -> str:
    """What stands outside both parts: the reader of a malformed response wants to see that too."""
    rest = re.sub(r"<think>.*</think>|<answer>.*?</answer>", " ", text, flags=re.DOTALL)
    return rest.strip() if template.THINK not in rest and template.ANSWER not in rest else ""


def _cut(text: str, language: str) -> list[str]:
    more = len(text) - LONGEST
    parts = pieces(text[:LONGEST], language)
    if more > 0:
        parts[-1] += f" … {more} more characters"
    return parts


def _short(value: float | None) -> float | None:
    return None if value is None or not isfinite(value) else float(f"{value:.3g}")
