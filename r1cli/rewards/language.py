"""Language consistency: the share of the thought's words that are in the prompt's language (paper V2 3.2.1, eq. 7)."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from r1cli.data.rows import Row
from r1cli.language.consistency import language_consistency
from r1cli.rewards.base import Rule
from r1cli.template import Completion


class Language(Rule):
    """0 to 1; what a word is, and why an empty thought gets 0, is said in `r1cli.language.consistency`.

    None where the row's language is unknown and no target is given.
    """

    VERSION: ClassVar[int] = 2
    """2: words inside formulas, programs and tags count, and names of the prompt do not."""

    target: str | None
    """Language that thoughts should be in ("en", "zh"); None: that of each prompt."""

    def score(self, completion: Completion, row: Row) -> float | None:
        target = self.target or row.language
        return None if target is None else language_consistency(completion.thought, target, row.prompt)


class LanguageAll(Language):
    """The strict variant: 1 if at least `at_least` of the words are in the language, else 0.

    The share pays for a thought that is half translated; this does not. `at_least: 1.0` allows no foreign word at all:
    `+reward.terms.language.at_least=1.0 reward.terms.language._target_=r1cli.rewards.language.LanguageAll`.
    """

    at_least: float = Field(gt=0, le=1)
    """Smallest share that earns the reward."""

    def score(self, completion: Completion, row: Row) -> float | None:
        share = super().score(completion, row)
        return None if share is None else float(share >= self.at_least)
