"""Answers that were written to hang, crash, exhaust or deceive whoever reads them. None of them is 4."""

from __future__ import annotations

_NESTED = 400

TOWERS = (
    "9^{9^{9^{9^9}}}",
    "2^{2^{2^{2^{2^{2^2}}}}}",
    "10**10**10**10",
    "(10^{10^{10}}) \\bmod 7",
    "4^{1^{9^{9^{9}}}} + 10^{-9^{9^{9}}}",
    "99999999999!",
    "((((9!)!)!)!)!",
    "\\binom{10^{9}}{5 \\cdot 10^{8}}",
    "\\sqrt[10^{30}]{2^{10^{30}}}",
    "e^{e^{e^{e^{79}}}}",
    "0.5^{-10^{12}}",
    "\\log_{1.0000000001}(10^{10^{10}})",
)
SERIES = (
    "\\sum_{n=1}^{10^{18}} n^{17}",
    "\\prod_{k=1}^{10^{9}} k",
    "\\int_0^1 x^{x^{x^{x}}} dx",
    "\\int_{-\\infty}^{\\infty} e^{-x^{100}} \\sin(x^{100}) dx",
    "\\lim_{n \\to \\infty} (1 + 1/n)^{n^{n}}",
    "\\sum_{n=1}^{\\infty} \\frac{\\sin(n^n)}{n!}",
    "\\sum_{a=1}^{999}\\sum_{b=1}^{999}\\sum_{c=1}^{999} abc",
    "\\frac{d^{1000}}{dx^{1000}} \\tan(x^{50})",
)
ALGEBRA = (
    "(a+b+c+d+e+f)^{200}",
    "\\prod_{i=1}^{60} (x_i + y_i)",
    "x^{1000000} - 1 = (x-1)(x^{999999}+1)",
    "\\sin(\\cos(\\tan(\\sin(\\cos(\\tan(\\sin(\\cos(\\tan(x))))))))) ^ {99}",
    " + ".join(f"x_{{{i}}}^{{{i}}}" for i in range(60)),
    "\\begin{pmatrix}" + " & ".join(f"x_{i} \\\\ y_{i}" for i in range(99)) + "\\end{pmatrix}",
    "\\det\\begin{pmatrix}" + " \\\\ ".join(["ab & cd & ef & gh"] * 20) + "\\end{pmatrix}",
    "\\{x : x^{77} + 3x^{13} + 1 = 0\\}",
    "|".join(["x"] * 99),
    "x=" * 200 + "5",
)
NESTED = (
    "{" * _NESTED + "5" + "}" * _NESTED,
    "(" * _NESTED + "5" + ")" * _NESTED,
    "[" * 90_000,
    "\\frac{1}{" * _NESTED + "1" + "}" * _NESTED,
    "\\sqrt{" * _NESTED + "25" + "}" * _NESTED,
    "\\left(" * _NESTED + "5" + "\\right)" * _NESTED,
    "\\boxed{" * _NESTED + "5" + "}" * _NESTED,
    "-" * 5000 + "5",
    "}{" * 3000,
    "$" * 9999 + "5",
)
LONG = (
    "5" * 1_000_000,
    "0." + "4" * 1_000_000,
    "4" + "0" * 4300,
    "5 " * 300_000,
    "4 or " * 100_000 + "5",
    "a" * 100_000 + "!",
    " " * 500_000 + "5",
    "," * 200_000 + "5",
    "\n" * 300_000 + "5",
    "1," * 50_000,
    "\\text{" + "x" * 100_000 + "}",
    "5e" + "9" * 40,
)
UNICODE = (
    "\u202e4\u202c 5",
    "4\u0338",
    "\u2074",
    "4\ufe0f\u20e3 5",
    "\U0001d7dc5",
    "４５",
    "٤٥",
    "5\x00 4",
    "\x1b[2J5",
    "\ud800",
    "4\u200b5",
    "﷽" * 5000,
    "́" * 20_000 + "5",
    "Ⅳ.5",
)
CODE = (
    "__import__('os').system('sleep 60')",
    "5; import os",
    "lambda: 4+1",
    "eval('4+1')",
    "${4}+1",
    "{{ 4 + 1 }}",
    "\\input{/etc/passwd}",
    "\\def\\x{\\x\\x}\\x",
    "\\newcommand{\\a}{\\a}\\a",
    "4 if True else 5",
    "\\text{4} \\neq 4",
    "not 4",
)
GROUPS = {
    "towers": TOWERS,
    "series": SERIES,
    "algebra": ALGEBRA,
    "nested": NESTED,
    "long": LONG,
    "unicode": UNICODE,
    "code": CODE,
}
