"""The paper's claims and what may be said of each, for a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from r1cli.results.claims import wording
from r1cli.results.claims.judge import Finding, Judgement, Verdict
from r1cli.terminal import console

if TYPE_CHECKING:
    from rich.text import Text

STYLES: dict[Verdict, str] = {
    "holds": "bold green",
    "does not hold": "bold red",
    "cannot tell": "yellow",
    "not run": "dim",
}
INDENT = "    "
FOOTNOTE = (
    "Intervals: 95 % over seeds (Student's t). Margins were declared beforehand, in conf/finding. p: for lying on "
    "one side of the margin; all but the primary tests are corrected (Holm)."
)


def findings(found: Sequence[Finding]) -> None:
    """Each claim with its verdict, and below it the tests that decided; at the end how many hold."""
    from rich.padding import Padding
    from rich.text import Text

    out = console.stdout()
    for finding in found:
        claim, verdict = finding.claim, finding.verdict
        head = Text.assemble(f"{claim.number:>2}  ", (verdict, STYLES[verdict]), "  ", (claim.name, "dim"))
        out.print(head)
        out.print(Padding(Text(claim.claim), (0, 0, 0, len(INDENT))))
        for judgement in finding.judgements:
            if judgement.estimate is not None:
                out.print(Padding(_decided(judgement, several=len(finding.judgements) > 1), (0, 0, 0, len(INDENT))))
        if any(j.estimate is None for j in finding.judgements):
            out.print(f"{INDENT}{claim.run}", style="dim", markup=False, highlight=False, soft_wrap=True)
    out.print(f"\n{wording.counts(found)}", style="bold", markup=False, highlight=False)
    out.print(FOOTNOTE, style="dim", markup=False, highlight=False)


def _decided(judgement: Judgement, *, several: bool) -> Text:
    from rich.text import Text

    assert judgement.estimate is not None
    test = judgement.test
    return Text.assemble(
        (f"{judgement.verdict}: " if several else "", STYLES[judgement.verdict]),
        f"{wording.subject(test)} ",
        (wording.number(judgement.estimate, test), "bold"),
        f", {wording.declared(test)}",
        (f"; {wording.certainty(judgement)}{'; primary' if test.primary else ''}", "dim"),
    )
