"""The same held-out problem answered by every model: responses taken apart, words of other languages set off.

What models write is handed on as plain text, in pieces; it is the page's duty to show it as text and nothing else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from r1cli import template
from r1cli.language.consistency import detect_language, language_consistency, words_by_script
from r1cli.report.lineage import Lineage
from r1cli.report.scores import Score
from r1cli.store.records import Entry

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


@dataclass(frozen=True)
class Transcripts:
    """What the page shows of them."""

    models: tuple[str, ...]
    """Labels, in the paper's order."""
    problems: tuple[Record, ...]
    """id, seed, kind, language, prompt, reference, and `models`: label -> its responses."""
    asked: int
    """Problems that there are in all, seeds counted each."""


def transcripts(
    lineage: Lineage, scores: Sequence[Score], evaluations: Mapping[str, Entry], *, limit: int = LIMIT
) -> Transcripts:
    """Problems picked evenly, all models' answers to each; at most `limit` answers and BYTES in all."""
    models = [(s.label, dict(zip(s.seeds, s.fingerprints, strict=True))) for s in scores]
    asked: list[tuple[int, str, dict[str, Record]]] = []
    for seed in sorted({seed for _, of in models for seed in of}):
        above = lineage.ancestors(of[seed] for _, of in models if seed in of)
        answering = {label: _of_seed(of, seed, above) for label, of in models}
        told = {label: _read(evaluations[fp]) for label, fp in answering.items() if fp}
        first = {problem: row for rows in told.values() for problem, row in rows.items()}
        ids = sorted(first, key=lambda problem: (_kind(first[problem]) != REASONING, _natural(problem)))
        asked += [(seed, i, {label: rows[i] for label, rows in told.items() if i in rows}) for i in ids]
    chosen = _evenly(asked, limit // max(len(models), 1))
    problems: list[Record] = []
    room = BYTES
    for seed, problem, rows in chosen:
        record = _record(seed, problem, rows)
        room -= len(json.dumps(record, ensure_ascii=False).encode("utf-8", "replace"))
        if room < 0:
            break
        problems.append(record)
    return Transcripts(tuple(label for label, _ in models), tuple(problems), len(asked))


def pieces(text: str, language: str) -> list[str]:
    """A text cut at words of other languages: pieces at odd places are such words, the others are not."""
    found = [""]
    end = 0
    for run in RUN.finditer(text):
        if _is_foreign(run.group(), language):
            found += [found.pop() + text[end : run.start()], run.group(), ""]
        else:
            found[-1] += text[end : run.end()]
        end = run.end()
    found[-1] += text[end:]
    return found


@lru_cache(maxsize=50_000)
def _is_foreign(word: str, language: str) -> bool:
    if word.startswith("<") or not words_by_script(word):
        return False
    return language_consistency(f"{word} {word}", language) == 0.0


def _of_seed(of: Mapping[int, str], seed: int, above: Collection[str]) -> str:
    """A model's result in the run of a seed: its own, or one that several seeds share, as they may the base model."""
    return of.get(seed) or next((fp for fp in of.values() if fp in above), "")


def _evenly(rows: list[tuple[int, str, dict[str, Record]]], count: int) -> list[tuple[int, str, dict[str, Record]]]:
    if count >= len(rows):
        return rows
    return [rows[i * len(rows) // count] for i in range(count)]


def _read(evaluation: Entry) -> dict[str, Record]:
    """Problem -> what was asked and answered; empty where an evaluation kept none."""
    path = evaluation.path / "out" / "transcripts.jsonl"
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8") as lines:
        return {row["id"]: row for row in map(json.loads, lines)}


def _record(seed: int, problem: str, rows: Mapping[str, Record]) -> Record:
    row = next(iter(rows.values()))
    language = row.get("language") or detect_language(row["prompt"]) or "en"
    answer = row.get("answer")
    return {
        "id": problem,
        "seed": seed,
        "kind": _kind(row),
        "language": language,
        "prompt": row["prompt"],
        "reference": answer,
        "models": {label: [_response(c, language) for c in of["completions"]] for label, of in rows.items()},
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
    found = pieces(text[:LONGEST], language)
    if more > 0:
        found[-1] += f" … {more} more characters"
    return found


def _short(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.3g}")
