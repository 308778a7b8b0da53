"""Parts of charts: colours for the page and for files, and charts in words."""

from __future__ import annotations

from r1cli.report import vega
from r1cli.report.colours import LIGHT


def chart() -> vega.Chart:
    rows = [{"model": "R1", "mean": 0.5}, {"model": "mine", "mean": 0.25}]
    encoding = {"x": vega.nominal("model", ["R1", "mine"]), "y": vega.quantitative("mean")}
    layer = {"mark": "point", "encoding": {"color": vega.coloured(["R1", "mine", "R1"])}}
    return vega.Chart("name", "Title", "", vega.frame("Title", rows, 100, [layer], encoding=encoding))


def test_models_have_their_colours_and_unknown_ones_a_neutral_one() -> None:
    scale = vega.coloured(["R1", "mine", "R1"])["scale"]
    assert scale == {"domain": ["R1", "mine"], "range": ["var(--r1)", "var(--other)"]}


def test_a_file_has_real_colours_and_the_page_has_variables() -> None:
    svg = vega.as_svg(chart())
    assert "var(" not in svg
    assert LIGHT["--r1"] in svg
    assert "var(--r1)" in str(vega.for_page(chart()))
    assert vega.as_png(chart()).startswith(b"\x89PNG")


def test_a_chart_is_described_in_words() -> None:
    assert chart().spec["description"] == "Title: model R1, mean 0.5; model mine, mean 0.25"


def test_a_name_in_a_tooltip_has_no_format() -> None:
    assert vega.tip("seed", number="") == {"field": "seed", "type": "nominal", "title": "seed"}
    assert vega.tip("mean")["format"] == ".3~f"
