"""The YAML files of conf/ as a person sees them: groups, their options and the `# help:` line of each.

Read from disk, most of it with the standard library alone: listings and help texts need no Hydra.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from r1cli.config.lean import fast_yaml

HELP = "# help:"
PACKAGE = "# @package "
EXPERIMENTS = "experiments"
"""Key of an experiment that is several sweeps."""


def conf_dir() -> Path:
    """The folder of the YAML files: packaged as r1cli.conf, or beside the package in a checkout."""
    packaged = Path(__file__).parents[1] / "conf"
    return packaged if packaged.is_dir() else packaged.parent.parent / "conf"


def options(group: str, *folders: Path) -> dict[str, str]:
    """Option -> help line, of one group; empty if there is no such group.

    A file whose name begins with `_` is what others build on, not an option.

    Args:
        group: a folder of conf/.
        folders: of further YAML, beside conf/.
    """
    if not group:
        return {}
    files = {file.stem: file for file in _option_files(group, folders)}
    return {name: help_line(f) for name, f in sorted(files.items())}


def has_option(group: str, option: str, *folders: Path) -> bool:
    """Is it one of `options`? Found out without reading all of them."""
    is_name = "/" not in option and not option.startswith("_")
    return is_name and _file_of(group, option, folders) is not None


def groups(folder: Path | None = None) -> list[str]:
    """Names of all groups of conf/, or of another folder of YAML."""
    inside = (folder or conf_dir()).iterdir()
    return sorted(file.name for file in inside if file.is_dir() and any(file.glob("*.yaml")))


def help_line(file: Path) -> str:
    """What the file says of itself; empty if it says nothing."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return next((line.removeprefix(HELP).strip() for line in lines if line.startswith(HELP)), "")


def package_of(group: str, option: str = "", *folders: Path) -> str:
    """Where the keys of an option belong: its `# @package` line, or the group's own name; empty for `_global_`.

    Without an option, or with one that does not exist, that of the group's first option.
    """
    file = _file_of(group, option, folders) or next(iter(_option_files(group, folders)), None)
    default = group.replace("/", ".")
    if file is None:
        return default
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.startswith(PACKAGE):
            package = line.removeprefix(PACKAGE).strip()
            return {"_global_": "", "_group_": default}.get(package, package)
    return default


def read_option(group: str, option: str, *folders: Path) -> Mapping[str, Any]:
    """An option's YAML as plain data, references as they stand; empty if there is no such option."""
    file = _file_of(group, option, folders)
    return {} if file is None else _read(file)


def inherited_option(group: str, option: str) -> dict[str, Any]:
    """An option's YAML over that of the files of its own group which it names under `defaults`; top level keys only."""
    own = read_option(group, option)
    whole: dict[str, Any] = {}
    for default in own.get("defaults") or ["_self_"]:
        if default == "_self_":
            whole |= own
        elif isinstance(default, str):
            whole |= inherited_option(group, default)
    return whole


def named_inputs(stage: str, *folders: Path) -> list[str]:
    """What a stage's own file says that it starts from: names of stages, paths, hub ids."""
    inputs = read_option("stage", stage, *folders).get("inputs")
    return [str(source) for source in inputs.values()] if isinstance(inputs, Mapping) else []


def chosen_by_experiment(experiment: str, *folders: Path) -> set[str]:
    """Groups that an experiment chooses, and keys that it sweeps over; empty if there is no such experiment."""
    plain = read_option("experiment", experiment, *folders)
    chosen = set(((plain.get("hydra") or {}).get("sweeper") or {}).get("params") or {})
    for default in plain.get("defaults") or []:
        if isinstance(default, Mapping):  # `stage: x`, `/stage: x` or `override /stage: x`
            chosen |= {str(key).split()[-1].lstrip("/") for key in default}
    return chosen


def lines_of_experiment(experiment: str, *folders: Path) -> tuple[str, ...]:
    """The lines of `r1 run -m` that an experiment is made up of; empty if it is a sweep of its own."""
    lines = read_option("experiment", experiment, *folders).get(EXPERIMENTS) or ()
    return tuple(str(line) for line in lines)


def root_config() -> Mapping[str, Any]:
    """config.yaml as plain data: what stands at the root unless a group or a command line says otherwise."""
    return _read(conf_dir() / "config.yaml")


@cache
def root_keys() -> frozenset[str]:
    """Keys and groups that belong to a whole command and to no single stage: those of config.yaml and run.yaml."""
    keys = {"init", "target"}  # of the recipe that `r1 train` makes for a stage
    for name in ("config.yaml", "run.yaml"):
        plain = _read(conf_dir() / name)
        keys |= plain.keys() - {"defaults"}
        for default in plain["defaults"]:
            if isinstance(default, Mapping):
                group, _, package = next(iter(default)).removeprefix("optional ").lstrip("/").partition("@")
                keys.add(package.partition(".")[0] or group.partition("/")[0])
    return frozenset(str(key) for key in keys)


@cache
def model_names() -> Mapping[str, str]:
    """Node -> what the paper calls its model (`coldstart` -> `Dev1`), in the order of the paper's table.

    A node that the paper does not have is not in it: show such a model under its node's name.
    """
    paper = _read(conf_dir() / "paper.yaml")
    return {str(node): str(name) for node, name in paper["models"].items()}


def plain_name(name: str) -> str:
    """A model's name for comparison: we write `r1_zero`, the paper `R1-Zero`, and a person either."""
    return name.lower().replace("-", "_")


def _file_of(group: str, option: str, folders: Sequence[Path]) -> Path | None:
    files = (folder / group / f"{option}.yaml" for folder in (conf_dir(), *folders))
    return next((file for file in files if file.is_file()), None)


def _option_files(group: str, folders: Sequence[Path]) -> list[Path]:
    files: list[Path] = []
    for folder in (conf_dir(), *folders):
        files += sorted((folder / group).glob("[!_]*.yaml"))
    return files


def _read(file: Path) -> Mapping[str, Any]:
    """A YAML file as plain data; a broken one counts as empty here, because Hydra reports it with its line."""
    import yaml

    try:
        with fast_yaml():
            plain = yaml.safe_load(file.read_text(encoding="utf-8"))
    except yaml.YAMLError:
        return {}
    return plain if isinstance(plain, Mapping) else {}
