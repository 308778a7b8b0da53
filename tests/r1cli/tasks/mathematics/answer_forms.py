"""Forms: the ways in which models write a right answer, as a table from a reference to an answer part.

Each form says which references it can carry: `x = ...` no equation, `forty-two` only integers. Crossed with the public
references by `python -m benchmarks.verification forms`, and with a sample of them in `test_forms.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple

from tests.r1cli.tasks.mathematics.references import (
    formula,
    has_relation,
    has_unit,
    is_integer,
    is_list,
    is_number,
    is_text,
)

Carries = Callable[[str], bool]


class Form(NamedTuple):
    """A way of writing an answer."""

    name: str
    write: Callable[[str], str]
    """Reference -> answer part."""
    carries: Carries


def anything(_gold: str) -> bool:
    """All references."""
    return True


def is_formula(gold: str) -> bool:
    """What may stand between dollars: no sentence of Chinese."""
    return not re.search(r"[\u4e00-\u9fff]", gold) and formula(gold).count("$") == formula(gold).count("\\$")


def is_value(gold: str) -> bool:
    """What a name may be given to: one formula that is no relation and no word."""
    return is_formula(gold) and not (is_text(gold) or has_relation(gold) or is_list(gold))


def is_one(gold: str) -> bool:
    """One answer, not several."""
    return is_formula(gold) and not is_list(gold)


def is_unitless(gold: str) -> bool:
    """A number that a unit may be added to."""
    return is_number(gold) and not has_unit(gold)


def is_simple_fraction(gold: str) -> bool:
    """A fraction of two numbers."""
    return is_number(gold) and ("frac" in gold or "/" in gold)


def is_word_like(gold: str) -> bool:
    r"""What may stand in `\text{}` as it is."""
    return is_formula(gold) and not re.search(r"[\\^_{}$]", formula(gold))


def is_large(gold: str) -> bool:
    """An integer with groups of digits."""
    return is_integer(gold) and abs(integer(gold)) >= 1000


def is_speakable(gold: str) -> bool:
    """An integer that one would write in words."""
    return is_integer(gold) and 0 <= integer(gold) < 10_000 and not gold.startswith("0")


def is_percentage(gold: str) -> bool:
    """Written with a percent sign."""
    return re.fullmatch(r"-?\d+(?:\.\d+)?\s*\\?%", formula(gold)) is not None


def integer(gold: str) -> int:
    """The value of an integer reference."""
    return int(re.sub(r"[^\d-]", "", formula(gold)))


def fraction(gold: str) -> Fraction:
    """The value of a fraction reference."""
    sign = -1 if formula(gold).startswith("-") else 1
    digits = re.findall(r"\d+", formula(gold))
    if re.search(r"frac\s*\d\d$", formula(gold)):
        digits = list(digits[0])
    elif re.search(r"frac\s*\d\{", formula(gold)) or len(digits) == 2:
        pass
    up, down = (int(part) for part in digits)
    return Fraction(sign * up, down) * (-1 if "{-" in formula(gold) else 1)


ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen \
eighteen nineteen".split()
)
TENS = "? ? twenty thirty forty fifty sixty seventy eighty ninety".split()


def in_english(number: int) -> str:
    """forty-two, one thousand two hundred and five."""
    if number < 20:
        return ONES[number]
    if number < 100:
        return TENS[number // 10] + (f"-{ONES[number % 10]}" if number % 10 else "")
    scale, word = (100, "hundred") if number < 1000 else (1000, "thousand")
    rest = number % scale
    joint = " and " if scale == 100 or rest < 100 else " "
    return f"{in_english(number // scale)} {word}" + (joint + in_english(rest) if rest else "")


def in_chinese(number: int) -> str:
    """四十二, 一千零五."""
    digits = "零一二三四五六七八九"
    if number < 10:
        return digits[number]
    text, gap = "", False
    for place, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // place % 10
        if digit:
            text += ("零" if gap and text else "") + digits[digit] + name
            gap = False
        elif text:
            gap = True
    return text.removeprefix("一") if 10 <= number < 20 else text


_PLACE = re.compile("(?<![A-Za-z])R(?![A-Za-z])")


def is_natural(gold: str) -> bool:
    """An integer without a sign."""
    return is_integer(gold) and integer(gold) >= 0


def is_plain_amount(gold: str) -> bool:
    """Digits that a currency sign may stand before."""
    return is_number(gold) and re.fullmatch(r"[\d,.]+", gold) is not None


def _fraction_form(name: str, text: str) -> Form:
    """`U` and `D` in the template stand for the numerator and the denominator."""

    def write(gold: str) -> str:
        return text.replace("U", str(fraction(gold).numerator)).replace("D", str(fraction(gold).denominator))

    return Form(name, write, is_simple_fraction)


def _percent_form(name: str, text: str) -> Form:
    """`P` in the template stands for the number before the percent sign."""

    def write(gold: str) -> str:
        return text.replace("P", formula(gold).replace("\\%", "").replace("%", "").strip())

    return Form(name, write, is_percentage)


def _integer_form(name: str, write: Callable[[int], str], carries: Carries = is_integer) -> Form:
    """A way of writing an integer."""
    return Form(name, lambda gold: write(integer(gold)), carries)


def _template(name: str, text: str, carries: Carries = anything) -> Form:
    """`R` in the template stands for the formula of the reference."""
    return Form(name, lambda gold: _PLACE.sub(lambda _: formula(gold), text), carries)


FORMS: list[Form] = [
    # bare
    _template("bare", "R"),
    _template("with a full stop", "R."),
    _template("dollars", "$R$", is_formula),
    _template("dollars and spaces", "$ R $", is_formula),
    _template("dollars, full stop", "$R$.", is_formula),
    _template("double dollars", "$$R$$", is_formula),
    _template("round brackets", r"\(R\)", is_formula),
    _template("square brackets", r"\[R\]", is_formula),
    _template("full stop inside the display", r"\[ R. \]", is_formula),
    _template("displaystyle", r"$\displaystyle R$", is_formula),
    # over several lines
    _template("double dollars, three lines", "$$\nR\n$$", is_formula),
    _template("square brackets, three lines", "\\[\nR\n\\]", is_formula),
    _template("dollars, three lines", "$\nR\n$", is_formula),
    _template("announced, display", "The answer is:\n\\[\nR\n\\]", is_formula),
    _template("announced, empty line, display", "So the final answer is\n\n$$\nR\n$$\n", is_formula),
    _template("display in mid-text", "Adding up, we find\n\\[\nR\n\\]\nwhich is what we were looking for.", is_formula),
    _template("fence", "```\nR\n```"),
    _template("fence with a language", "```latex\nR\n```"),
    _template("announced fence", "The answer is:\n```\nR\n```"),
    _template("inline code", "The answer is `R`."),
    _template("align*", "\\begin{align*}\nR\n\\end{align*}", is_one),
    _template("align*, named", "\\begin{align*}\nx &= R\n\\end{align*}", is_value),
    _template("align*, a chain", "\\begin{align*}\nx &= a + b \\\\\n&= R\n\\end{align*}", is_value),
    _template("aligned in a display", "\\[\n\\begin{aligned}\nx &= R\n\\end{aligned}\n\\]", is_value),
    _template("aligned in dollars, a chain", "$$\\begin{aligned} x &= a+b\\\\ &= R \\end{aligned}$$", is_value),
    _template("equation", "\\begin{equation}\nR\n\\end{equation}", is_formula),
    _template("equation*, announced", "The answer is\n\\begin{equation*}\nR.\n\\end{equation*}", is_formula),
    _template("gather*", "\\begin{gather*}\nR\n\\end{gather*}", is_one),
    # announced
    _template("the answer is", "The answer is R."),
    _template("the answer is, dollars", "The answer is $R$.", is_formula),
    _template("the final answer is, colon", "The final answer is: $R$", is_formula),
    _template("so the answer to the question", "So the answer to the question is $R$.", is_formula),
    _template("Answer:", "Answer: R"),
    _template("ANSWER:", "ANSWER: $R$", is_formula),
    _template("Final Answer:", "Final Answer: R"),
    _template("answer =", "answer = R", is_value),
    _template("GSM8K", "We add up.\n#### R"),
    _template("bold label", "**Answer:** R"),
    _template("bold label, colon outside", "**Answer**: $R$", is_formula),
    _template("bold label, empty line", "**Final Answer:**\n\nR"),
    _template("bold label, display", "**Final Answer**\n\n\\[\nR\n\\]", is_formula),
    _template("heading", "### Final Answer\n\n$R$", is_formula),
    _template("heading with the answer", "## Answer: $R$", is_formula),
    _template("heading, no dollars", "# Answer\nR"),
    _template("line of its own", "Final Answer\n\n$$R$$", is_formula),
    _template("bold statement", "**The answer is $R$.**", is_formula),
    _template("bold answer", "So the answer is **R**.", is_formula),
    _template("bold dollars", "**$R$**", is_formula),
    _template("bold", "**R**"),
    _template("italics", "*Answer:* $R$", is_formula),
    _template("underscores", "__Answer:__ $R$", is_formula),
    _template("HTML bold", "<b>Answer:</b> $R$", is_formula),
    _template("rule above", "We are done.\n\n---\n\n**Answer:** $R$", is_formula),
    _template("dash item", "- $R$", is_formula),
    _template("star item", "* $R$", is_formula),
    _template("dash item with a label", "- **Answer:** $R$", is_formula),
    _template("numbered item", "1. We add up.\n2. $R$", is_formula),
    _template("numbered item, answer", "1. We add up.\n2. The answer is $R$.", is_formula),
    _template("quotation", "> $R$", is_formula),
    _template("table", "| | |\n|---|---|\n| Answer | $R$ |", is_formula),
    # boxes
    _template("box", r"\boxed{R}", is_formula),
    _template("box in dollars", r"$\boxed{R}$", is_formula),
    _template("box in a display", "\\[\n\\boxed{R}\n\\]", is_formula),
    _template("box over lines", "\\boxed{\nR\n}", is_formula),
    _template("box in a sentence", r"The answer is $\boxed{R}$.", is_formula),
    _template("bold box", r"**\boxed{R}**", is_formula),
    _template("fbox", r"\fbox{R}", is_formula),
    _template("box with a name", r"\boxed{x = R}", is_value),
    _template("box, the name outside", r"$x = \boxed{R}$", is_formula),
    _template("box with a sentence", r"\boxed{\text{The answer is } R}", is_value),
    _template("box of text", r"\boxed{\text{R}}", is_word_like),
    _template("box of bold", r"\boxed{\mathbf{R}}", is_word_like),
    _template("box of textbf", r"$\boxed{\textbf{R}}$", is_word_like),
    _template("box with a unit", r"\boxed{R \text{ cm}}", is_unitless),
    _template("box with a unit of words", r"\boxed{R\text{ square units}}", is_unitless),
    _template("box in dollars in a box", r"\boxed{$R$}", is_formula),
    _template("box and a closing sentence", "The answer is $\\boxed{R}$.\n\nI hope this helps!", is_formula),
    _template("box and an explanation", "\\[\\boxed{R}\\]\nThis is the value that we were asked for.", is_formula),
    # names
    _template("x =", "x = R", is_value),
    _template("x =, dollars", "$x = R$", is_value),
    _template("x = in a sentence", "Therefore, $x = R$.", is_value),
    _template("= x", "$R = x$", is_value),
    _template("= alone", "= R", is_value),
    _template("= dollars", "$= R$", is_value),
    _template("f(2) =", "Hence $f(2) = R$.", is_value),
    _template("a_{10} =", "So $a_{10} = R$.", is_value),
    _template("angle =", r"Thus $\angle ABC = R$.", is_value),
    _template("x equals", "Therefore $x$ equals $R$.", is_value),
    _template("the value of x", "The value of $x$ is $R$.", is_formula),
    _template("the value of x, no dollars", "The value of x is R.", is_value),
    # sentences
    _template("therefore", "Therefore, we get $R$.", is_value),
    _template("is the answer", "$R$ is the answer.", is_value),
    _template("is the final answer", "So $R$ is the final answer.", is_value),
    _template("as the final answer", "This gives $R$ as the final answer.", is_value),
    _template("two sentences", "First we add up the terms. The result is $R$.", is_formula),
    _template("hope this helps", "$R$\n\nHope this helps!", is_formula),
    _template("let me know", "The answer is $R$. Let me know if you have any questions!", is_formula),
    _template("thus the result", "Thus, the final result is $R$.", is_formula),
    _template("a label of its own", "Total: $R$", is_value),
    _template("I hope it is correct", "Final Answer: The final answer is $R$. I hope it is correct.", is_formula),
    _template("in prose", "In the end each part is R tons.", is_unitless),
    _template("in prose, dollars", "In the end each part is $R$ tons.", is_unitless),
    _template("they need", "So they need R apples in total.", is_unitless),
    _template("unit", "R cm", is_unitless),
    _template("unit in dollars", r"$R\text{ cm}$", is_unitless),
    _template("unit behind dollars", "$R$ cm", is_unitless),
    _template("square unit", "The area is $R$ square units.", is_unitless),
    _template("unit with a power", r"The area is $R \text{ cm}^2$.", is_unitless),
    _template("apples", "The answer is R apples.", is_unitless),
    _template("dollars behind", "It costs R dollars.", is_unitless),
    _template("currency", "The answer is $R.", is_plain_amount),
    _template("currency, escaped", r"\$R", is_plain_amount),
    # Chinese
    _template("答案是", "答案是R。"),
    _template("答案：", "答案：R"),
    _template("答案为, dollars", "所以答案为 $R$。", is_formula),
    _template("bold 答案", "**答案：** $R$", is_formula),
    _template("bold 最终答案", "**最终答案**\n\n$$R$$", is_formula),
    _template("heading 答案", "### 最终答案\n\n$R$", is_formula),
    _template("因此，结果为", "因此，结果为\n\\[\nR\n\\]", is_formula),
    _template("故答案为", "故答案为：$R$", is_formula),
    _template("答：", "答：$R$", is_formula),
    _template("综上", "综上所述，$x = R$。", is_value),
    _template("等于", "因此 $x$ 等于 $R$。", is_value),
    _template("box, Chinese", "因此，最终答案是 $\\boxed{R}$。", is_formula),
    _template("一共有", "所以一共有R个苹果。", is_unitless),
    _template("元", "一共需要R元。", is_unitless),
    _template("希望", "答案是 $R$。\n\n希望这对你有帮助！", is_formula),
    # more wordings
    _template("a total of", "Thus, Natalia sold a total of R clips.", is_unitless),
    _template("that means", "That means we have $R$.", is_value),
    _template("the solution set", "The solution set is $R$.", is_formula),
    _template("we conclude", "We conclude that the desired quantity equals $R$.", is_value),
    _template("arrow", "=> $R$", is_value),
    _template("therefore sign", r"$\therefore R$", is_value),
    _template("therefore sign outside", "∴ $R$", is_value),
    _template("implies", r"$\Rightarrow R$", is_value),
    _template("implies x", r"$\implies x = R$", is_value),
    _template("Ans:", "Ans: $R$", is_formula),
    _template("Ans.", "Ans. R", is_value),
    _template("Result:", "Result: $R$", is_formula),
    _template("Solution:", "**Solution:** $R$", is_formula),
    _template("Output:", "Output:\n```\nR\n```"),
    _template("should be", "The correct answer should be $R$.", is_formula),
    _template("must be", "The answer must be R.", is_value),
    _template("my final answer", "My final answer: R"),
    _template("therefore in the middle", "The answer, therefore, is $R$.", is_formula),
    _template("is therefore", "Our answer is therefore $R$.", is_formula),
    _template("bold label and answer", "**Answer: $R$**", is_formula),
    _template("bold label and answer, bare", "**Final Answer: R**"),
    _template("bold italics", "***$R$***", is_formula),
    _template("textbf label", r"\textbf{Answer:} $R$", is_formula),
    _template("textbf", r"\textbf{R}", is_word_like),
    _template("mathbf", r"$\mathbf{R}$", is_word_like),
    _template("underline", r"$\underline{R}$", is_value),
    _template("color", r"$\color{red}{R}$", is_value),
    _template("braces", "{R}", is_value),
    _template("thin spaces in the box", r"\[\boxed{\,R\,}\]", is_formula),
    _template("displaystyle in the box", r"$\boxed{\displaystyle R}$", is_formula),
    _template("center", "\\begin{center}\n$R$\n\\end{center}", is_formula),
    _template("because", "The answer is R because that is what the sum comes to.", is_unitless),
    _template("because, dollars", "The answer is $R$, since the sum comes to that.", is_formula),
    _template("check mark", "✅ Answer: $R$", is_formula),
    _template("check mark behind", "The answer is $R$ ✓", is_formula),
    _template("JSON", '{"answer": "R"}', is_unitless),
    _template("exclamation", "The answer is $R$!", is_formula),
    _template("arrow, label", "Final answer → $R$", is_formula),
    _template("dash, label", "Final answer - $R$", is_value),
    _template("aligned box", "\\begin{align*}\nx &= a + b \\\\\n&= \\boxed{R}\n\\end{align*}", is_value),
    _template("split", "\\[\\begin{split} x &= R \\end{split}\\]", is_value),
    _template("is exactly", "So the value is exactly $R$.", is_value),
    _template("result in bold in a sentence", "So the result is **$R$** in the end.", is_value),
    _template("quotes", 'The answer is "R".'),
    _template("simplified", "The answer, in simplest form, is $R$.", is_formula),
    _template("verified", "The answer is $R$.\n\nPlugging it back in, we see that it checks out.", is_formula),
    _template("solution heading", "## Solution\n\nWe add up.\n\n## Final Answer\n\n\\[ R \\]", is_formula),
    _template("Russian", "Ответ: $R$", is_formula),
    _template("French", "La réponse est $R$.", is_formula),
    _template("German", "Die Antwort lautet: $R$.", is_formula),
    _template("Spanish", "La respuesta es $R$.", is_formula),
    _template("Japanese", "答えは $R$ です。", is_formula),
    _template("解得", "解得 $x = R$。", is_value),
    _template("我们得到", "我们得到 $R$。", is_value),
    _template("即为所求", "$R$ 即为所求。", is_value),
    _template("结果是", "计算结果是 $R$。", is_formula),
    _template("答案就是", "答案就是 R。", is_value),
    _template("原式", "$\\therefore$ 原式 $= R$。", is_value),
    _template("所以, bare", "所以，答案是：R。"),
    _template("中文加粗", "所以答案是 **R**。", is_value),
    # other spellings of numbers
    _integer_form("thousands, comma", lambda n: f"{n:,}", is_large),
    _integer_form("thousands, comma in braces", lambda n: f"${n:,}$".replace(",", "{,}"), is_large),
    _integer_form("thousands, thin space", lambda n: f"${n:,}$".replace(",", "\\,"), is_large),
    _integer_form("thousands, comma and \\!", lambda n: f"${n:,}$".replace(",", ",\\!"), is_large),
    _integer_form("thousands, space", lambda n: f"The answer is {n:,}.".replace(",", " "), is_large),
    _integer_form("without marks", lambda n: f"The answer is {n}.", is_large),
    _integer_form("a zero behind the point", lambda n: f"The answer is {n}.0."),
    _integer_form("two zeros", lambda n: f"$x = {n}.00$"),
    _integer_form("leading zeros", lambda n: f"\\boxed{{{n:03d}}}", is_natural),
    _integer_form("fullwidth", lambda n: str(n).translate({48 + digit: 0xFF10 + digit for digit in range(10)})),
    _integer_form("a true minus", lambda n: f"The answer is {n}.".replace("-", "\u2212")),
    _integer_form("in words", lambda n: f"The answer is {in_english(n)}.", is_speakable),
    _integer_form("in words, alone", lambda n: in_english(n).capitalize(), is_speakable),
    _integer_form("in words with a unit", lambda n: f"{in_english(n).capitalize()} containers", is_speakable),
    _integer_form("in a box, words", lambda n: rf"\boxed{{\text{{{in_english(n)}}}}}", is_speakable),
    _integer_form("Chinese numerals", lambda n: f"答案是{in_chinese(n)}。", is_speakable),
    _integer_form("Chinese numerals with a unit", lambda n: f"{in_chinese(n)}个", is_speakable),
    _fraction_form("slash", "The answer is U/D."),
    _fraction_form("frac", r"$\frac{U}{D}$"),
    _fraction_form("dfrac", r"\[\dfrac{U}{D}\]"),
    _fraction_form("frac in prose", r"Each part is \frac{U}{D} tons."),
    _percent_form("percent sign", "The answer is P%."),
    _percent_form("percent, word", "P percent"),
    _percent_form("percent behind dollars", r"$P$\%"),
    _percent_form("percent, without", "$P$"),
]  # fmt: skip
