"""Tasks over files of a few lines, and answers to them."""

import json
from pathlib import Path
from typing import Any

from r1cli.tasks.mathematics.task import Math
from r1cli.template import Completion, parse, render


def jsonl(path: Path, *rows: dict[str, Any]) -> dict[str, Any]:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return {"format": "jsonl", "root": path.parent, "path": path.name, "language": None}


def maths(path: Path, *rows: dict[str, Any], **fields: Any) -> Math:
    return Math.model_validate(jsonl(path, *rows) | {"answer_format": "any", "timeout_s": 20} | fields)


def said(answer: str, thought: str = "so") -> Completion:
    return parse(render(thought, answer))
