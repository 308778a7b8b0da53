"""README, docs/ and CONTRIBUTING: links lead somewhere, commands compose, help is as printed, the example works.

python -m tests.test_docs     writes the help of every command into docs/commands.md
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from r1cli.config.catalogue import conf_dir
from r1cli.terminal.app import run_line

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
COMMANDS = ROOT / "docs/commands.md"
GENERATED = "<!-- Below: the help as printed. Written by `python -m tests.test_docs`. -->\n"
LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")


def _page(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_the_readme_is_read_in_a_minute() -> None:
    assert (ROOT / "README.md").read_text("utf-8").count("\n") <= 120


@pytest.mark.parametrize("page", PAGES, ids=_page)
def test_every_link_to_a_file_leads_to_one(page: Path) -> None:
    links = [link for link in LINK.findall(page.read_text("utf-8")) if "://" not in link]
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", [page for page in PAGES if page.name != "CONTRIBUTING.md"], ids=_page)
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    """CONTRIBUTING names files that its reader is to write."""
    text = page.read_text("utf-8").partition(GENERATED)[0]
    named = re.findall(r"(?<![\w/.~])((?:r1cli|stages|conf|tests|benchmarks|docs)/[\w/-]+\.(?:py|yaml|md|c))\b", text)
    assert [name for name in dict.fromkeys(named) if not (ROOT / name).exists()] == []


def test_every_page_is_reached_from_the_readme() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert [page.name for page in (ROOT / "docs").glob("*.md") if f"(docs/{page.name})" not in readme] == []


def _lines() -> Iterator[tuple[str, str]]:
    """Each command of an indented or fenced block that composes a configuration, without its comment."""
    seen = set()
    for page in PAGES:
        text = page.read_text("utf-8").partition(GENERATED)[0]
        for found in re.findall(r"^(?:    |\$ )(r1 (?:run|train|plan|show|explain) .*)$", text, re.MULTILINE):
            line = found.partition("  #")[0].strip()
            if line not in seen and "langage" not in line:  # the typo is there to show what it costs
                seen.add(line)
                yield _page(page), line


@pytest.mark.parametrize(("page", "line"), list(_lines()))
def test_every_command_that_composes_a_configuration_does(
    page: str, line: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By `--cfg job`, which reads no data and trains nothing; of a sweep, its first cell."""
    command, *words = shlex.split(line)[1:]
    words = [word for word in words if word not in {"-m", "--dry-run", "--pilot"}]
    if command in {"run", "train"}:
        words = [word.partition(",")[0] for word in words if "experiment=" not in word]
        argv = [command, *words, "--cfg", "job"]
    else:
        argv = [command, *words]
    monkeypatch.chdir(ROOT)
    assert run_line(argv) == 0, f"{page}: {capsys.readouterr().err}"


EXPERIMENTS = re.findall(r"experiment=([a-z]\w+)", "".join(page.read_text("utf-8") for page in PAGES))


@pytest.mark.parametrize("name", sorted(set(EXPERIMENTS)))
def test_every_experiment_that_is_named_is_there(name: str) -> None:
    assert (conf_dir() / f"experiment/{name}.yaml").is_file()


def _example(what: str) -> list[str]:
    """The Python and the YAML of the section "Add a <what>" of the guide."""
    section = (ROOT / "CONTRIBUTING.md").read_text("utf-8").partition(f"## Add a {what}\n")[2].partition("\n## ")[0]
    return [re.findall(rf"```{language}\n(.*?)```", section, re.DOTALL)[0] for language in ("python", "yaml")]


def test_the_reward_of_the_guide_works_as_it_stands_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, yaml = _example("reward")
    (tmp_path / "reward").mkdir()
    (tmp_path / "brevity.py").write_text(code)
    (tmp_path / "reward/brief.yaml").write_text(yaml.replace("r1cli.rewards.brevity", "brevity"))
    monkeypatch.syspath_prepend(tmp_path)
    line = ["show", "reasoning_rl", "stage=reasoning_rl", "reward=brief", "--config-dir", str(tmp_path)]
    assert run_line(line) == 0, capsys.readouterr().err
    assert "brevity: 0.1" in capsys.readouterr().out

    from brevity import Brevity

    from r1cli.data.rows import Row
    from r1cli.template import parse

    row = Row(id="1", prompt="1 + 1?", answer="2", kind="reasoning", language="en")
    short = parse("<think>two</think><answer>2</answer>", finished=True)
    assert Brevity(longest=6).score(short, row) == 0.5


def test_the_task_of_the_guide_works_as_it_stands_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, yaml = _example("task")
    (tmp_path / "task").mkdir()
    (tmp_path / "parity.py").write_text(code)
    (tmp_path / "task/parity.yaml").write_text(yaml.replace("r1cli.tasks.parity", "parity"))
    monkeypatch.syspath_prepend(tmp_path)
    line = ["plan", "recipe=r1_paper", "task=parity", "scale=smoke", "--json", "--config-dir", str(tmp_path)]
    assert run_line(line) == 0, capsys.readouterr().err
    assert "all_scenario_rl" in capsys.readouterr().out

    from parity import Parity

    from r1cli.template import parse

    rows = Parity(count=5, largest=99, seed=0).rows()
    said = [parse(f"<think>so</think><answer>{row.answer}</answer>") for row in rows]
    assert [row.verify(completion) for row, completion in zip(rows, said, strict=True)] == [True] * 5
    assert rows[0].verify(parse("<think>so</think><answer>neither</answer>")) is False


def test_the_picture_of_the_code_has_every_room_and_every_group() -> None:
    picture = (ROOT / "docs/design.md").read_text("utf-8")
    rooms = {path.parent.name for path in (ROOT / "r1cli").glob("*/__init__.py")}
    groups = {path.name for path in conf_dir().iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert {f"{name}/" for name in rooms | groups} - set(re.findall(r"[a-z_]+/", picture)) == set()


def _help(*command: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "r1cli", *command, "--help"],
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "80", "TERM": "dumb"},
        capture_output=True,
        text=True,
        check=True,
    )
    return "\n".join(line.rstrip() for line in done.stdout.splitlines()).strip("\n")


def _generated() -> str:
    shown = _help()
    names = re.findall(r"^│ ([a-z]+) ", shown.partition("Commands")[2], re.MULTILINE)
    parts = [f"## r1\n\n```\n{shown}\n```\n"]
    parts += [f"## r1 {name}\n\n```\n{_help(name)}\n```\n" for name in names]
    return "\n".join(parts)


def test_the_help_in_the_docs_is_the_help_that_is_printed() -> None:
    assert COMMANDS.read_text("utf-8").partition(GENERATED)[2].strip() == _generated().strip(), (
        "run python -m tests.test_docs"
    )


if __name__ == "__main__":
    COMMANDS.write_text(f"{COMMANDS.read_text('utf-8').partition(GENERATED)[0]}{GENERATED}\n{_generated()}", "utf-8")
