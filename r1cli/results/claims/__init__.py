"""The paper's findings as claims that results can be held against: declared in `conf/finding/`, judged here."""
