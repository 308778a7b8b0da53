r"""Markup: which words inside mathematics, code, links and tags are words of the thought, and which only names.

A thought must not hide between dollars, and a formula or a program is no thought. So what is left of marked-up text is
its words: not LaTeX commands, operators, subscripts, identifiers or keywords. Words of scripts other than Latin always
count. Latin ones count where several stand side by side, as in `\text{she sold ten clips}`: alone, a Latin word in a
formula or a program is a name (`total`). If there would be more such names than open words, they are the thought.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_CLOSED_BY = (("```", "```"), ("$$", "$$"), ("\\[", "\\]"), ("\\(", "\\)"), ("\\begin{", "\\end{"))
_MAY_BE_MARKED = re.compile(r"[`$\\<]|://|www\.")
_INLINE = re.compile(
    r"""
      (?P<code>`[^`\n]*`)
    | (?P<math>\$(?!\s)[^$\n]*(?<!\s)\$(?!\d))          # "$5 and $6" is money
    | (?P<command>\\[A-Za-z]+(?:\{[^{}]{0,200}\})?)
    | (?P<link>(?:https?://|www\.)[^\s\u4e00-\u9fff]+)
    | (?P<tag></?[A-Za-z][^<>\n]{0,60}>)
    """,
    re.VERBOSE,
)
_KEYWORDS = frozenset(
    "def return for in while if else elif import from as class self none true false print range len int str float list "
    "dict set not and or is with lambda yield try except finally raise pass break continue global assert var let const "
    "function new this null void public private static double char bool boolean string include using namespace std "
    "python java javascript latex math text bash cpp json html http https www com org net href src img div span"
    "".split()
)
_MARK, _END, _STOP = "\x0e", "\x0f", "\x10"
"""Around what is left of marked-up text, and between words that do not stand side by side."""
_REGION = re.compile(f"{_MARK}[^{_END}]*{_END}(?:[\\s.,;:!?'\"()*_-]*{_MARK}[^{_END}]*{_END})*")
_LATIN_WORD = re.compile(
    r"[A-Za-z\u00c0-\u024f\u0300-\u036f\u1e00-\u1eff](?:['\u2019-]?[A-Za-z\u00c0-\u024f\u0300-\u036f\u1e00-\u1eff])+"
)
_OTHER_WORD = re.compile(r"[^\W\d_A-Za-z\u00c0-\u024f\u0300-\u036f\u0370-\u03ff\u1e00-\u1eff]{2,}")
_SIDE_BY_SIDE = 2
"""So many Latin words in a row are words."""
_LONGEST_NAME = 2
"""Capitals of a name of points."""


def is_marked(text: str) -> bool:
    """Whether there may be any markup."""
    return _MAY_BE_MARKED.search(text) is not None


def open_words(text: str) -> tuple[str, str]:
    """The text with its markup reduced to the words that count: those side by side, and all that may be words."""
    for opening, closing in _CLOSED_BY:
        if opening in text:
            text = replace_spans(text, opening, closing, _as_code if opening == "```" else _as_mathematics)
    text = _INLINE.sub(_inline, text)
    return _REGION.sub(_side_by_side, text), _REGION.sub(_all_words, text)


def replace_spans(text: str, opening: str, closing: str, words: Callable[[str], str]) -> str:
    """Reduce each span from an opening to the next closing to its words; one that is never closed is no span."""
    kept, at = [], 0
    while (start := text.find(opening, at)) >= 0 and (end := text.find(closing, start + len(opening))) >= 0:
        kept += [text[at:start], words(text[start + len(opening) : end])]
        # `\end{aligned}` keeps its name in braces, for the pattern of commands to take away
        at = end if closing == "\\end{" else end + len(closing)
    return " ".join([*kept, text[at:]])


def _inline(match: re.Match[str]) -> str:
    kind, content = str(match.lastgroup), match.group()
    if kind in {"code", "link"}:
        return _as_code(content)
    return _as_mathematics(re.sub(r"^</?[A-Za-z][\w-]*|[\w-]+=", _STOP, content) if kind == "tag" else content)


# --- what may be words in a formula and in a program ----------------------------------------------------------------

_ENVIRONMENT = re.compile(r"\\(?:begin|end)\{[^{}]*\}|^\w+\*?\}(?:\{[^{}]*\})?")
_SCRIPTED = re.compile(r"[_^]\s*\{?\s*(?:\\[A-Za-z]+\s*\{?)?\s*[A-Za-z]+(?=\s*[}\s]|\b)")
_SPACING = re.compile(
    r"\\(?:text[a-z]*|mbox|hbox|math[a-z]*|operatorname|boxed|q?quad)(?![A-Za-z])|\\[ ,;:!\\]|[{}$~&]"
)
_COMMAND = re.compile(r"\\[A-Za-z]+")
_IDENTIFIER = re.compile(
    r"\w*(?:_\w+|[a-z][A-Z]\w*|\d[A-Za-z]\w*|[A-Za-z]\d\w*)|[A-Za-z]\w*(?=[(\[])|\b\w+(?:\.[A-Za-z]\w*)+"
)
_SYMBOL = re.compile(rf"[^\w\s.,;:!?'\"\u2018-\u201f\u3000-\u3003\uff00-\uff1f-{_MARK}{_END}]+")


def _as_mathematics(content: str) -> str:
    content = _SCRIPTED.sub(_STOP, _ENVIRONMENT.sub(_STOP, content))
    return _marked(_COMMAND.sub(_STOP, _SPACING.sub(" ", content)))


def _as_code(content: str) -> str:
    return _marked(_IDENTIFIER.sub(_STOP, re.sub(r"[`#]|//", " ", content)))


def _marked(content: str) -> str:
    content = _SYMBOL.sub(_STOP, content.replace(_MARK, " ").replace(_END, " "))
    return f" {_MARK}{content}{_END} "


# --- what counts ----------------------------------------------------------------------------------------------------


def _side_by_side(region: re.Match[str]) -> str:
    """The words of each stretch between symbols; without Latin ones where they stand alone."""
    return " ".join(_stretches(region, lambda stretch: _LATIN_WORD.sub(" ", stretch)))


def _all_words(region: re.Match[str]) -> str:
    """The words of each stretch, and single ones where they are no keywords."""
    return " ".join(_stretches(region, _without_keywords))


def _stretches(region: re.Match[str], reduce_single: Callable[[str], str]) -> list[str]:
    stretches = re.sub(f"[{_MARK}{_END}]", " ", region.group()).split(_STOP)
    return [stretch if _is_prose(stretch) else reduce_single(stretch) for stretch in stretches]


def _is_prose(stretch: str) -> bool:
    """Whether words stand side by side: two or more of any script, and fewer keywords than words."""
    latin = _LATIN_WORD.findall(stretch)
    words = sum(map(_is_word, latin))
    keywords = sum(word.lower() in _KEYWORDS for word in latin)
    return words > keywords and words + len(_OTHER_WORD.findall(stretch)) >= _SIDE_BY_SIDE


def _without_keywords(stretch: str) -> str:
    return _LATIN_WORD.sub(lambda match: match[0] if _is_word(match[0]) else " ", stretch)


def _is_word(word: str) -> bool:
    """No keyword, and no name of points (`AB`, `CD`)."""
    return word.lower() not in _KEYWORDS and not (word.isupper() and len(word) <= _LONGEST_NAME)
