"""Records out of Parquet files and datasets of the hub."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from r1cli.errors import DataError
from r1cli.text import first_line


def read_parquet(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """(row from 1, values) of every row of a Parquet file.

    Raises:
        DataError: it is none, has two columns of one name, or holds what Python has no value for: text that is not
            UTF-8, the year 150,000.
    """
    from pyarrow import ArrowException
    from pyarrow.parquet import ParquetFile

    try:
        with ParquetFile(path) as file:
            _check_columns(path, file.schema_arrow.names)
            rows = (row for batch in file.iter_batches() for row in batch.to_pylist())
            yield from enumerate(rows, 1)
    except (ArrowException, ArithmeticError, OSError, ValueError) as e:
        why = f"{path}: not a Parquet file, or a damaged one ({first_line(e)})"
        raise DataError(why, hint="set `format: jsonl` for JSON lines") from e


def _check_columns(path: Path, names: Sequence[str]) -> None:
    if twice := [name for name, count in Counter(names).items() if count > 1]:
        raise DataError(f"{path}: column {twice[0]!r} twice", hint="which of the two is meant? leave one of them")


def read_hub(
    dataset: str, *, subset: str | None, folder: str | None, split: str, revision: str | None
) -> Iterable[Mapping[str, Any]]:
    """The rows of a dataset of the hub, fetched into its cache if they are not there.

    Raises:
        DataError: there is no network and it is not in the cache, or there is no such dataset, subset or split.
    """
    import datasets

    options = {"data_dir": folder} if folder is not None else {}
    # Without a network the hub's client tells of every retry; the error below says it once.
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
    try:
        loaded: Iterable[Mapping[str, Any]] = datasets.load_dataset(
            dataset, subset, split=split, revision=revision, **options
        )
    except (OSError, ValueError) as e:
        if isinstance(e, ConnectionError):
            _look_in_the_cache_alone()
        reason = str(e).strip().partition("\n")[0]
        named = [f"data_dir={folder!r}"] if folder is not None else []
        arguments = ", ".join([*(repr(name) for name in (dataset, subset) if name is not None), *named])
        raise DataError(
            f"hub dataset {dataset!r}, split {split!r}: cannot be loaded ({type(e).__name__}: {reason})",
            hint="with a network, fetch it into the cache (HF_HOME) once: "
            f'python -c "from datasets import load_dataset; load_dataset({arguments})"',
        ) from e
    return loaded


def _look_in_the_cache_alone() -> None:
    """Nobody answered, in half a minute of trying: this process asks the hub for nothing more."""
    import datasets
    from huggingface_hub import constants

    datasets.config.HF_HUB_OFFLINE = True
    constants.HF_HUB_OFFLINE = True
