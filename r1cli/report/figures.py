"""Charts as files for a paper or a README: SVG, and PNG at twice the size."""

from __future__ import annotations

from pathlib import Path

from r1cli.errors import ConfigError
from r1cli.report import charts, vega
from r1cli.report.contents import Contents


def write(contents: Contents, folder: Path) -> list[Path]:
    """All charts of the report, and the headline picture `stages`; returns the files.

    Raises:
        ConfigError: the folder cannot be written.
    """
    headline = [charts.headline(contents.table)] if contents.table else []
    written: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for chart in (*headline, *contents.charts):
            svg, png = folder / f"{chart.name}.svg", folder / f"{chart.name}.png"
            svg.write_text(vega.as_svg(chart), "utf-8")
            png.write_bytes(vega.as_png(chart))
            written += [svg, png]
    except OSError as e:
        raise ConfigError(f"cannot write {folder}: {e.strerror or e}", hint="choose another folder") from e
    return written
