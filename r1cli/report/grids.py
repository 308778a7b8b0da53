"""Grids of ARC as pictures: SVG in the page itself, drawn from numbers alone, readable in both colour schemes.

What a model wrote never gets here: a grid is read from its answer first (`r1cli.tasks.arc.grids`), so that nothing but
colours 0 to 9 is drawn. A cell that differs from the right grid is outlined twice, light and dark, so that the outline
shows on every colour.
"""

from __future__ import annotations

from r1cli.tasks.arc.grids import Grid

LARGEST = 120
"""Pixels of a grid's longer side: a cell of the largest grids there are has four."""
LARGEST_CELL = 18
"""Pixels; small grids stay small."""


def svg(grid: Grid, label: str, right: Grid | None = None, *, largest: float = LARGEST) -> str:
    """A grid as an SVG element.

    Args:
        grid: rows of colours 0 to 9.
        label: what it is, for those who cannot see it; our own words, never a model's.
        right: what it should have been; of the same size, cells that differ are outlined, of another, the whole is.
        largest: pixels of the longer side.
    """
    rows, columns = len(grid), len(grid[0])
    cell = min(LARGEST_CELL, largest / max(rows, columns))
    same_size = right is None or (len(right), len(right[0])) == (rows, columns)
    parts = [f'<path class="c{colour}" d="{path}"/>' for colour, path in _runs(grid).items()]
    parts.append(f'<path class="lines" d="{_lines(rows, columns)}"/>')
    if right is not None and same_size:
        outline = "".join(f"M{x + 0.1:g} {y + 0.1:g}h.8v.8h-.8z" for x, y in differences(grid, right))
        parts.append(f'<path class="halo" d="{outline}"/><path class="differs" d="{outline}"/>')
    kind = "grid" if same_size else "grid other-size"
    size = f'width="{cell * columns:.0f}" height="{cell * rows:.0f}" viewBox="0 0 {columns} {rows}"'
    words = f"{label}: {rows} rows of {columns}"
    return f'<svg class="{kind}" role="img" aria-label="{words}" {size}>{"".join(parts)}</svg>'


def differences(grid: Grid, right: Grid) -> list[tuple[int, int]]:
    """(column, row) of each cell that differs; both grids are of one size."""
    return [
        (x, y)
        for y, (ours, theirs) in enumerate(zip(grid, right, strict=True))
        for x, (a, b) in enumerate(zip(ours, theirs, strict=True))
        if a != b
    ]


def _runs(grid: Grid) -> dict[int, str]:
    """Colour -> a path over its cells, one rectangle for each run of them in a row."""
    paths: dict[int, str] = {}
    for y, row in enumerate(grid):
        start = 0
        for x in range(1, len(row) + 1):
            if x == len(row) or row[x] != row[start]:
                paths[row[start]] = f"{paths.get(row[start], '')}M{start} {y}h{x - start}v1h{start - x}z"
                start = x
    return paths


def _lines(rows: int, columns: int) -> str:
    """Between the cells."""
    across = "".join(f"M0 {y}h{columns}" for y in range(1, rows))
    return across + "".join(f"M{x} 0v{rows}" for x in range(1, columns))
