"""r1cli.report.grids: pictures of grids."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from r1cli.report.grids import LARGEST, differences, svg

GRID = [[0, 0, 1], [2, 2, 2]]


def test_every_cell_is_drawn_once_in_its_colour() -> None:
    picture = ET.fromstring(svg(GRID, "Input"))
    paths = {path.get("class"): path.get("d") for path in picture}
    assert paths["c0"] == "M0 0h2v1h-2z"
    assert paths["c1"] == "M2 0h1v1h-1z"
    assert paths["c2"] == "M0 1h3v1h-3z"
    assert picture.get("viewBox") == "0 0 3 2"
    assert picture.get("aria-label") == "Input: 2 rows of 3"


def test_wrong_cells_are_outlined_and_of_another_size_the_whole() -> None:
    right = [[0, 0, 1], [2, 3, 2]]
    assert differences(GRID, right) == [(1, 1)]
    outlined = {path.get("class"): path.get("d") for path in ET.fromstring(svg(GRID, "R1", right))}
    assert outlined["differs"] == outlined["halo"] == "M1.1 1.1h.8v.8h-.8z"
    other = ET.fromstring(svg(GRID, "R1", [[0]]))
    assert other.get("class") == "grid other-size"
    assert "differs" not in {path.get("class") for path in other}
    assert ET.fromstring(svg(GRID, "R1", GRID)).get("class") == "grid"


def test_the_largest_grid_fits_and_stays_short() -> None:
    picture = svg([[(x + y) % 10 for x in range(30)] for y in range(30)], "Input")
    drawn = ET.fromstring(picture)
    assert float(drawn.get("width") or 0) == float(drawn.get("height") or 0) == LARGEST
    assert len(picture) < 30_000
    assert len(svg([[0] * 30] * 30, "Input")) < 2_500
