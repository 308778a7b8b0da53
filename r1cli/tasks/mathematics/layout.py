r"""Layout: an answer part as plain lines, whatever Markdown and LaTeX arrange around its statements.

A display that runs over several lines, a code fence, an `align` environment, a heading, a list item or bold type say
nothing about the answer. Here each becomes one line with its formulas between single dollars, so that nobody further on
has to know them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

LONGEST = 6_000
"""Characters from the end of an answer part that are looked at; what comes before is no final statement."""
ITEM = "\u2022 "
"""Begins a line that was an item of a list."""


def last_lines_of(text: str) -> Iterator[str]:
    """The non-empty lines of the text, displays and environments joined, decoration taken off.

    From the last line to the first, each made when it is asked for: most answers stand in the last.
    """
    text = _end_of(text)
    if "~~" in text or "<" in text:
        text = _STRUCK_OUT.sub(" ", text)
    if "`" in text or "~" in text:
        text = _FENCE.sub("\n", text)
        text = _CODE.sub(lambda match: match[1] if "$" in match[1] else f"${match[1]}$", text)
    if "<" in text:
        text = _BOLD_TAG.sub("**", _BREAK_TAG.sub("\n", text))
    if "\\" in text:
        text = _LABEL.sub(r"\1 ", _BLOCK.sub("\n", text))
        text = _inline(re.sub(r"\\item(?![A-Za-z])", "- ", text))
    elif "$$" in text or "$\n" in text:
        text = _inline(text)
    if "|" in text:
        text = (_TABLE_ROW if _TABLE_HEAD.search(text) else _SPACED_ROW).sub(_last_cell, text)
    return filter(None, map(_undecorated, reversed(text.split("\n"))))


def _end_of(text: str) -> str:
    """The last `LONGEST` characters, from the beginning of a paragraph if there is one."""
    text = text.strip()
    if len(text) <= LONGEST:
        return text
    tail = text[-LONGEST:]
    return tail.partition("\n\n")[2].strip() or tail


_STRUCK_OUT = re.compile(
    r"(?<!~)~~(?!~)[^~\n]{1,200}~~(?!~)|<(?P<tag>del|s|strike)>(?:(?!</?(?:del|s|strike)>).){0,200}</(?P=tag)>"
    r"|<!--(?:(?!<!--|-->).){0,200}-->",
    re.IGNORECASE | re.DOTALL,
)
"""Nobody says what is struck out, or is not shown."""
_FENCE = re.compile(r"(?:```|~~~)(?:[A-Za-z+]*[ \t]*(?=\n))?")
_BLOCK = re.compile(r"\\(?:begin|end)\{(?:center|flushleft|flushright|quote|itemize|enumerate|document|tcolorbox)\}")
_LABEL = re.compile(r"\\(?:text|text(?:bf|it|rm)|mathbf|emph|underline)\s*\{([^{}]{1,60}[:：]\s*)\}")
_CODE = re.compile(r"`([^`\n]+)`")
_BREAK_TAG = re.compile(r"<(?:br|hr|/?p|/?div)\s*/?>", re.IGNORECASE)
_BOLD_TAG = re.compile(r"</?(?:b|strong|em|i|u)>", re.IGNORECASE)
_TABLE_ROW = re.compile(r"^[ \t]*\|(.*)\|[ \t]*$", re.MULTILINE)
_TABLE_RULE = re.compile(r"[-:| ]*")
_TABLE_HEAD = re.compile(r"^[ \t]*\|[-:| \t]*--[-:| \t]*$", re.MULTILINE)
"""Without a rule under its head only a row of several cells is one: `|-5|` is an absolute value."""
_SPACED_ROW = re.compile(r"^[ \t]*\|(\s.*\s\|\s.*\s)\|[ \t]*$", re.MULTILINE)


def _last_cell(row: re.Match[str]) -> str:
    """A table states in its last column; the rule under its head states nothing."""
    cells = re.split(r"(?<!\\)\|", row[1])
    return "" if _TABLE_RULE.fullmatch(row[1]) else cells[-1].strip()


# --- displays and environments --------------------------------------------------------------------------------------

_DISPLAYS = (
    re.compile(r"\$\$(.+?)\$\$", re.DOTALL),
    re.compile(r"(?<!\\)\\\[(.+?)\\\]", re.DOTALL),
    re.compile(r"(?<!\\)\\\((.+?)\\\)", re.DOTALL),
    re.compile(r"^[ \t]*\$[ \t]*\n((?:[^$\\]|\\.)+?)\n[ \t]*\$[ \t.]*$", re.MULTILINE),
)
_ALIGNED_NAMES = (
    "align|aligned|alignat|alignedat|flalign|gather|gathered|multline|split|eqnarray|equation|math|displaymath"
)
_ALIGNED = re.compile(
    rf"\\begin\{{(?P<name>{_ALIGNED_NAMES})(?P<star>\*?)\}}(?:\{{\d\}})?"
    r"(?P<body>(?:(?!\\begin\{(?:" + _ALIGNED_NAMES + r")\*?\}).)*?)\\end\{(?P=name)(?P=star)\}",
    re.DOTALL,
)
_DEEPEST = 3
_MATRIX = re.compile(r"\\begin\{(\w*matrix|array|cases)\}.*?\\end\{\1\}", re.DOTALL)
_ROW_END = re.compile(r"\\\\(?:\[[^\]\n]{0,8}\])?")
_ROW_NOISE = re.compile(r"(?<!\\)&|\\(?:tag|label)\*?\{[^{}]*\}|\\(?:notag|nonumber)\b")
_CONTINUES = re.compile(r"\s*(?:[=<>≈≤≥+-]|\\(?:approx|leq?|geq?|equiv|times|cdot|implies|Rightarrow)\b)")
_DEFINES = re.compile(r"\s*[A-Za-z](?:_\{?\w+\}?)?\s*=[^=]+")


def _inline(text: str) -> str:
    """Every formula between single dollars, on one line."""
    for display in _DISPLAYS:
        text = display.sub(lambda match: _formula(match[1]), text)
    return _without_environments(text, wrap=True) if "\\begin{" in text else text


def one_line(content: str) -> str:
    """What a box holds, without line breaks and environments."""
    return " ".join(_without_environments(content, wrap=False).split())


def _formula(content: str) -> str:
    content = _without_environments(content, wrap=False).strip()
    content = " ".join(content.split())
    is_wrapped = content.startswith("$") and content.endswith("$") and len(content) > 1
    return content if is_wrapped else f" ${content}$ "


def _without_environments(text: str, *, wrap: bool) -> str:
    """Aligned rows as one formula, from the inside out; matrices stay, on one line."""
    if "\\begin{" not in text:
        return text
    text = _MATRIX.sub(lambda match: " ".join(match[0].split()), text)
    for _ in range(_DEEPEST):
        text, replaced = _ALIGNED.subn(
            lambda match: f"${row}$" if (row := _aligned(match["body"])) and wrap else row, text
        )
        if not replaced:
            break
    return text


def _aligned(body: str) -> str:
    """What aligned rows come to: the last chain of equations, or all rows if each defines a name of its own."""
    masked: list[str] = []

    def hide(match: re.Match[str]) -> str:  # the rows and columns of a matrix are its own
        masked.append(match[0])
        return f"\0{len(masked) - 1}\0"

    chains: list[str] = []
    for line in _ROW_END.split(_MATRIX.sub(hide, body)):
        row = _ROW_NOISE.sub(" ", line).strip()
        if not row:
            continue
        if chains and _CONTINUES.match(row):
            chains[-1] += f" {row}"
        else:
            chains.append(row)
    names = {chain.partition("=")[0].strip() for chain in chains}
    all_define = len(chains) == len(names) > 1 and all(_DEFINES.fullmatch(chain) for chain in chains)
    result = ", ".join(chains) if all_define else "".join(chains[-1:])
    return " ".join(re.sub("\0(\\d+)\0", lambda match: masked[int(match[1])], result).split())


# --- lines ----------------------------------------------------------------------------------------------------------

_RULE = re.compile(r"[-*_=\s]{3,}")
_QUOTE_OR_HEADING = re.compile(r"(?:>\s*)+|#{1,6}\s+(?=\S)")
_BULLET = re.compile(r"(?:[-*+\u2022\u2023\u25e6\u00b7\u25cf]|\(?\d{1,2}[.)]|\(\d{1,2}\))\s+(?=\S)|\d{1,2}、\s*(?=\S)")
_EMPHASIS = (
    (re.compile(r"__([^_\n]+)__"), r"**\1**"),
    (re.compile(r"(?<![\w*\\{])\*([^*\s\n](?:[^*\n]*[^*\s\n])?)\*(?![\w*])"), r"**\1**"),
    (re.compile(r"\*{3,}"), "**"),
    (re.compile(r"\*\*([^*\n]{1,60}?[:：])\s*\*\*"), r"\1 "),  # a label: **Answer:** 5
    (re.compile(r"\*\*([^*\n]{1,60})\*\*\s*(?=[:：])"), r"\1"),
    (re.compile(r"^\*\*([^*]+)\*\*([.。!！]?)$"), r"\1\2"),
)


def _undecorated(line: str) -> str:
    if line.isascii() and line[:1].isalpha() and "*" not in line and "__" not in line:
        return line.rstrip()
    if not line.isascii():
        line = "".join(character for character in line if character == "°" or unicodedata.category(character) != "So")
    line = line.strip()
    if _RULE.fullmatch(line):
        return ""
    if (mark := _QUOTE_OR_HEADING.match(line)) is not None:
        line = line[mark.end() :].strip()
    if (mark := _BULLET.match(line)) is not None:
        line = ITEM + line[mark.end() :].strip()
    if "*" in line or "__" in line:
        for pattern, replacement in _EMPHASIS:
            line = pattern.sub(replacement, line)
    return line.strip()
