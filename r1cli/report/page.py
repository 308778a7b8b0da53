"""The page: one HTML file that opens from disk and makes no request.

Jinja escapes all that it writes. What models wrote does not even pass through it, but lies in a script element as JSON,
from which the page's own code takes it as text. A content security policy is the second lock: it allows no request, and
no script but those whose hashes it names.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from r1cli.errors import ConfigError
from r1cli.files import replace_text
from r1cli.report import colours, findings, provenance, vega
from r1cli.report.contents import Contents
from r1cli.results import table
from r1cli.results.claims import wording
from r1cli.results.measures import MEASURES
from r1cli.results.notation import p_value
from r1cli.text import as_typed, seconds

ASSETS = Path(__file__).with_name("assets")
IN_SCRIPT = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
"""What could end a script element, or a line of it, written so that JSON means the same."""
UNKNOWN = "–"
"""A number that is not there."""
MAKE_VEGA = "window.vegaEmbed = vegaEmbed;"


def write(contents: Contents, out: Path) -> Path:
    """Write `index.html` into a folder; returns its path.

    Raises:
        ConfigError: the folder cannot be written, or a library for charts is not installed.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        # A lone surrogate, which a model can write and JSON can hold, is no character of a file.
        replace_text(out / "index.html", html(contents).encode("utf-8", "replace").decode("utf-8"))
    except OSError as e:
        raise ConfigError(f"cannot write {out}: {e.strerror or e}", hint="choose another folder with --out") from e
    return out / "index.html"


def html(contents: Contents) -> str:
    """The whole page as one text."""
    import jinja2
    from markupsafe import Markup

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(ASSETS), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    environment.filters |= {"number": number, "seconds": seconds, "count": _count, "unbroken": _unbroken}
    scripts = [_vega(), *(_asset(name) for name in ("charts.js", "graph.js", "transcripts.js"))]
    return environment.get_template("page.html").render(
        contents=contents,
        findings=findings,
        wording=wording,
        measures=MEASURES,
        marks=provenance.MARKS,
        counts=provenance.counts(contents.provenance),
        shown=as_typed,
        p_value=p_value,
        wbr=Markup("_<wbr>"),
        policy=_policy(scripts),
        style=f"{colours.style_sheet()}\n{_asset('page.css')}",
        scripts=scripts,
        data=embedded(page_data(contents)),
    )


def page_data(contents: Contents) -> Mapping[str, Any]:
    """What the page's scripts read; `table` is what `r1 compare --json --over-seeds` prints of the same rows."""
    return {
        "table": [table.as_json(row, single=False, differences=bool(contents.baseline)) for row in contents.table],
        "findings": [wording.as_json(finding) for finding in contents.claims],
        "charts": {chart.name: vega.for_page(chart) for chart in contents.charts},
        "models": contents.transcripts.models,
        "problems": contents.transcripts.problems,
    }


def embedded(value: Any) -> str:
    """JSON that can stand in a script element whatever is in it."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character, escape in IN_SCRIPT.items():
        text = text.replace(character, escape)
    return text


def number(value: float | None) -> str:
    """A measure as the tables have it."""
    if value is None:
        return UNKNOWN
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _vega() -> str:
    import vl_convert

    bundle: str = vl_convert.javascript_bundle(MAKE_VEGA, vl_version=vega.VEGA_LITE)
    return bundle.replace("</script", "<\\/script")


def _asset(name: str) -> str:
    return (ASSETS / name).read_text("utf-8")


def _policy(scripts: list[str]) -> str:
    """No request at all, and no script but ours: Vega interprets its expressions, so none is made from text either."""
    hashes = [base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in scripts]
    allowed = " ".join(f"'sha256-{h}'" for h in hashes)
    return f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def _unbroken(text: str) -> str:
    """With names that a line does not end within."""
    return text.replace("R1-Zero", "R1\u2011Zero")


def _count(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:,.0f}"
