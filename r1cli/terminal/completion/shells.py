"""Between a shell's text and plain words: taking a line apart, and writing an answer as the shell wants it."""

from __future__ import annotations

PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=.,:/@%^")
"""What bash takes literally wherever it stands."""


class Word:
    """The word under the cursor: its text, and the quote that is still open, if one is."""

    __slots__ = ("quote", "text")

    def __init__(self, text: str, quote: str = "") -> None:
        self.text, self.quote = text, quote


class Candidate:
    """A whole word that the typed one may become, with one line about it; `done`: nothing is to be added to it."""

    __slots__ = ("about", "done", "text")

    def __init__(self, text: str, *, done: bool = True, about: str = "") -> None:
        self.text, self.done, self.about = text, done, about


def split(line: str) -> tuple[list[str], Word]:
    """The finished words of a line, quotes taken off, and the unfinished one (empty after a blank)."""
    words: list[str] = []
    text, quote, inside = "", "", False
    characters = iter(line)
    for c in characters:
        if c == "\\" and quote != "'":
            text, inside = text + next(characters, ""), True
        elif quote:
            quote, text = ("", text) if c == quote else (quote, text + c)
        elif c in "\"'":
            quote, inside = c, True
        elif not c.isspace():
            text, inside = text + c, True
        elif inside:
            words.append(text)
            text, inside = "", False
    return words, Word(text, quote)


def reply(shell: str, word: Word, candidates: list[Candidate], breaks: str) -> str:
    """One line a candidate."""
    if shell == "bash":
        return _for_bash(word, candidates, breaks)
    if shell == "zsh":
        return "".join(f"{' ' if c.done else '-'}{_for_describe(c)}\n" for c in candidates)
    return "".join(f"{c.text}\t{c.about}\n" for c in candidates)


def _for_bash(word: Word, candidates: list[Candidate], breaks: str) -> str:
    """Bash cuts a word at its `breaks` (`=`, `:` and `@` are among them) and replaces only what follows the last."""
    typed = "" if word.quote else word.text
    cut = max((typed.rfind(c) + 1 for c in breaks if not c.isspace()), default=0)
    lines = []
    for c in candidates:
        text = c.text[cut:]
        # Within quotes nothing is escaped, and a blank would become part of the word: the person closes them.
        if not word.quote:
            text = "".join(map(_escaped, text)) + (" " if c.done else "")
        lines.append(f"{text}\n")
    return "".join(lines)


def _escaped(character: str) -> str:
    is_plain = character in PLAIN or ord(character) > 127
    return character if is_plain else f"\\{character}"


def _for_describe(candidate: Candidate) -> str:
    """As zsh's _describe takes it: `word:what it is`."""
    word = candidate.text.replace("\\", "\\\\").replace(":", "\\:")
    return f"{word}:{candidate.about}" if candidate.about else word
