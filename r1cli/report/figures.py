"""Charts as files for a paper or a README: SVG, and PNG at twice the size."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from r1cli.errors import ConfigError
from r1cli.report import charts
from r1cli.report.charts import Chart
from r1cli.report.contents import Contents


def write(contents: Contents, folder: Path) -> list[Path]:
    """All charts of the report, and the headline picture `stages`; returns the files.

    Raises:
        ConfigError: the folder cannot be written.
    """
    found: list[Chart] = [charts.headline(contents.scores)] if contents.scores else []
    return _write([*found, *contents.charts], folder)


def _write(found: Iterable[Chart], folder: Path) -> list[Path]:
    written: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for chart in found:
            svg, png = folder / f"{chart.name}.svg", folder / f"{chart.name}.png"
            svg.write_text(charts.drawn(chart), "utf-8")
            png.write_bytes(charts.picture(chart))
            written += [svg, png]
    except OSError as e:
        raise ConfigError(f"cannot write {folder}: {e.strerror or e}", hint="choose another folder") from e
    return written
