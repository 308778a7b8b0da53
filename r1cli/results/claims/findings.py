"""All claims held against one store: what `r1 findings` prints and the report's first page shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from r1cli.errors import ConfigError
from r1cli.results.claims.declaration import read_claims
from r1cli.results.claims.evidence import Evidences
from r1cli.results.claims.judge import Finding, judge
from r1cli.store.records import Entry
from r1cli.store.store import Store
from r1cli.text import did_you_mean


def of_store(store: Store, folders: Sequence[Path] = ()) -> list[Finding]:
    """Every claim of conf/finding and of further folders, judged by what a store holds.

    Raises:
        ConfigError: a file is no claim.
    """
    return of_entries(store.entries(), folders)


def of_entries(entries: Iterable[Entry], folders: Sequence[Path] = ()) -> list[Finding]:
    """The same for some results."""
    claims, evidences = read_claims(folders), Evidences(entries)
    return judge(claims, {claim.name: evidences.of(claim) for claim in claims})


def chosen(findings: Sequence[Finding], names: Sequence[str]) -> list[Finding]:
    """Those of these names; all, without names.

    Raises:
        ConfigError: there is no claim of that name.
    """
    known = {finding.claim.name: finding for finding in findings}
    for name in names:
        if name not in known:
            raise ConfigError(
                f"finding {name}: there is none", hint=did_you_mean(name, known) or f"there are {', '.join(known)}"
            )
    return [finding for finding in findings if not names or finding.claim.name in names]
