"""An interactive shell on a pseudo-terminal, to see what a line becomes when TAB is pressed."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Self

import pytest

pexpect = pytest.importorskip("pexpect", reason="pexpect (of the dev extra) drives the shells")

ROOT = Path(__file__).resolve().parents[4]
PROMPT = "ready> "
SHOW_LINE = "\x18\x10"  # Ctrl-X Ctrl-P: the shell writes its line into a file
KILL_LINE = "\x05\x15"  # Ctrl-E Ctrl-U
PROGRAM = """#!{python}
import sys
sys.path.append({root!r})
from r1cli.__main__ import main
main()
"""
START = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
    "fish": ["fish", "--no-config", "-i"],
}
START["zsh_functions"] = START["zsh"]
SETUP = {
    "bash": r"""
PS1='ready> '
bind 'set enable-bracketed-paste off'
_show() { printf '%s' "$READLINE_LINE" > "$SHOWN.part"; mv "$SHOWN.part" "$SHOWN"; }
bind -x '"\C-x\C-p": _show'
eval "$(r1 completion bash)"
""",
    "zsh": r"""
PS1='ready> '
unset zle_bracketed_paste
bindkey -e
autoload -Uz compinit && compinit -u -D
_show() { print -rn -- "$BUFFER" > "$SHOWN.part"; command mv "$SHOWN.part" "$SHOWN" }
zle -N _show
bindkey '^X^P' _show
eval "$(r1 completion zsh)"
""",
    "fish": r"""
function fish_prompt; echo -n 'ready> '; end
function _show; commandline | string collect > "$SHOWN.part"; command mv "$SHOWN.part" "$SHOWN"; end
bind \cx\cp _show
r1 completion fish | source
""",
}
SETUP["zsh_functions"] = (
    SETUP["zsh"]
    .replace("autoload", "mkdir -p ~/.zfunc; r1 completion zsh > ~/.zfunc/_r1; fpath+=~/.zfunc; autoload")
    .replace('eval "$(r1 completion zsh)"', "")
)


def installed(folder: Path) -> Path:
    """A folder for PATH with an `r1` that runs this checkout, whether or not it is installed."""
    program = folder / "bin" / "r1"
    program.parent.mkdir(parents=True)
    program.write_text(PROGRAM.format(python=sys.executable, root=str(ROOT)))
    program.chmod(0o755)
    return program.parent


class Shell:
    """One of the shells, set up as `r1 completion --help` says; closed by the `with` statement."""

    def __init__(self, name: str, env: dict[str, str], cwd: Path) -> None:
        self.name, home = name, Path(env["HOME"])
        self.shown, setup = home / f"{name}.line", home / f"{name}.setup"
        setup.write_text(SETUP[name])
        env = {**env, "SHOWN": str(self.shown), "TERM": "xterm", "LC_ALL": "C.UTF-8"}
        self.child = pexpect.spawn(
            START[name][0], START[name][1:], env=env, cwd=str(cwd), encoding="utf-8", dimensions=(60, 200), timeout=240
        )
        self.child.delaybeforesend = None
        self.child.sendline(f"source {setup}; echo set up'!'")
        self.child.expect_exact("set up!")
        self.child.expect_exact(PROMPT)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.child.close(force=True)

    def after_tab(self, typed: str) -> str:
        """What `typed` becomes."""
        self.shown.unlink(missing_ok=True)
        self.child.send(typed + "\t" + SHOW_LINE)
        end = time.monotonic() + 240
        while not self.shown.exists():
            if time.monotonic() > end:
                raise TimeoutError(f"{typed!r}: {self.seen()!r}")
            time.sleep(0.01)
            self.seen()
        line = self.shown.read_text().removesuffix("\n")
        self.child.send(KILL_LINE)
        return line

    def listed(self, typed: str) -> str:
        """What is on the terminal after TAB was pressed twice."""
        self.seen()
        self.shown.unlink(missing_ok=True)
        self.child.send(typed + "\t\t" + SHOW_LINE)
        said = ""
        end = time.monotonic() + 240
        while not self.shown.exists() and time.monotonic() < end:
            said += self.seen()
        self.child.send(KILL_LINE)
        return said + self.seen()

    def seen(self) -> str:
        """What is on the terminal since the last look; a full pipe would stop the shell."""
        try:
            return self.child.read_nonblocking(65536, timeout=0.05)
        except (pexpect.TIMEOUT, pexpect.EOF):
            return ""


def environment(folder: Path) -> dict[str, str]:
    """Of a person at home in `folder`."""
    path = f"{installed(folder)}{os.pathsep}{os.environ['PATH']}"
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("R1_", "XDG_", "LC_"))}
    return {**kept, "PATH": path, "HOME": str(folder), "XDG_CACHE_HOME": str(folder / "cache")}
