"""The page in a real browser: charts are drawn, filters work, nothing leaves it, no text of a model becomes code."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from r1cli.config.provenance import StageValue
from r1cli.report import contents, provenance
from r1cli.report import page as report_page
from r1cli.report.rejection import EXAMPLES
from r1cli.store.store import Store
from tests.r1cli.report.conftest import Page
from tests.r1cli.report.fake_arc import evaluated_on_arc
from tests.r1cli.report.fake_results import HOSTILE, Fake, hostile

pytestmark = pytest.mark.slow
AXE = "axe_core_python"


VALUES = (
    StageValue("trainer.beta", 0.001, "paper", "V2 3.2.1", "scale/laptop.yaml:97", "0.001"),
    StageValue("batch_size", 128, "scaled", "512 -> 128", "scale/laptop.yaml:55", "512"),
    StageValue("epochs", 3, "given", "conf/ has 2", ""),
    StageValue("dtype", "float32", "", "", "model/tiny.yaml:3"),
)


def written(root: Path, out: Path) -> Path:
    """The page, with a few values instead of all of conf/, which takes seconds to compose."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            provenance,
            "stages",
            lambda *_: [provenance.StageValues("all_scenario_rl", VALUES)] if any(root.iterdir()) else [],
        )
        return report_page.write(contents.gather(Store(root)), out)


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of two seeds and a sweep."""
    root = tmp_path_factory.mktemp("store")
    fake = Fake(root, problems=30)
    for seed in (0, 1):
        fake.recipe(seed)
        model = fake.trained("reasoning_rl", seed, {"model": "coldstart"}, {"accuracy": 1.0, "language": 0.0})
        fake.evaluated("reasoning_rl", seed, model=model, language=0.7)
    return written(root, tmp_path_factory.mktemp("report"))


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of models that write HTML and scripts."""
    root = tmp_path_factory.mktemp("store")
    Fake(root, problems=len(HOSTILE), says=hostile).recipe(0)
    return written(root, tmp_path_factory.mktemp("report"))


def found(page: Page) -> str:
    text: str = page.run("return document.getElementById('found').textContent")
    return text


def choose(page: Page, name: str, value: str | bool) -> None:
    """Set a field of the filters as a person would, events included."""
    page.run(
        "const field = document.getElementById('filters').elements[arguments[0]];"
        "if (field.type === 'checkbox') field.checked = arguments[1]; else field.value = arguments[1];"
        "field.dispatchEvent(new Event('input', {bubbles: true}))",
        *(name, value),
    )


def test_every_chart_is_drawn_without_a_complaint_and_without_a_request(page: Page, full: Path) -> None:
    page.open(full)
    page.draw_everything()
    assert len(page.all("figure svg")) == len(page.all("figure[data-chart]")) >= 8
    assert page.complaints() == []
    assert page.requests() == [full.as_uri()]


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_nothing_is_wider_than_the_window(page: Page, full: Path, width: int) -> None:
    page.open(full, width=width)
    page.draw_everything()
    page.run("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert page.run("return document.documentElement.scrollWidth") <= width
    assert page.run("return document.querySelector('figure svg').getBoundingClientRect().right") <= width


@pytest.mark.parametrize(
    ("width", "scheme"),
    [
        *((360, "dark"), (1280, "light")),
        *(pytest.param(*rest, marks=pytest.mark.long) for rest in ((360, "light"), (1280, "dark"))),
    ],
)
def test_the_accessibility_checker_finds_nothing(page: Page, full: Path, width: int, scheme: str) -> None:
    spec = importlib.util.find_spec(AXE)
    if spec is None or spec.origin is None:
        pytest.skip("axe-core-python is not installed")
    page.open(full, width=width, scheme=scheme)
    page.draw_everything()
    page.run("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    # By the debugger's own door: the page's policy rightly forbids to load a script.
    axe = (Path(spec.origin).parent / "axe.min.js").read_text("utf-8")
    page.driver.execute_cdp_cmd("Runtime.evaluate", {"expression": axe})
    passes, violations = page.driver.execute_async_script(
        "const done = arguments[0];"
        "axe.run({resultTypes: ['violations']}).then((all) => done([all.passes.length, all.violations]))"
    )
    assert passes > 20
    assert [(v["id"], [n["html"][:120] for n in v["nodes"][:3]]) for v in violations] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_grids_of_arc_fit_a_phone_and_are_named_for_those_who_cannot_see_them(
    page: Page, tmp_path: Path, scheme: str
) -> None:
    large = [[(x * y) % 10 for x in range(30)] for y in range(30)]
    pair = {"input": large, "output": large[::-1]}
    evaluated_on_arc(tmp_path / "store", "r1_zero", {"a": [large, large[:5]], "b": [None, large[::-1]]}, pair=pair)
    page.open(written(tmp_path / "store", tmp_path / "out"), width=360, scheme=scheme)
    page.draw_everything()
    assert page.run("return document.documentElement.scrollWidth") <= 360
    assert len(page.all("svg.grid")) == 19
    assert all(grid.get_attribute("aria-label") for grid in page.all("svg.grid"))
    assert page.complaints() == []


def test_filters_narrow_the_problems_and_show_the_response_that_fits(page: Page, full: Path) -> None:
    page.open(full)
    assert found(page) == "All 60 problems"
    choose(page, "language", "zh")
    assert found(page) == "30 of 60 problems"
    choose(page, "seed", "1")
    assert found(page) == "15 of 60 problems"
    choose(page, "wrong", value=True)
    choose(page, "model", "R1")
    shown = page.all(".problem:first-child [aria-label='R1 answers'] .verdict")
    assert [v.text for v in shown] == ["✗ wrong"]
    choose(page, "text", "no such words")
    assert found(page) == "0 of 60 problems"
    assert page.all(".problem") == []


def test_search_looks_into_responses_and_order_puts_the_longest_first(page: Page, full: Path) -> None:
    page.open(full)
    choose(page, "text", "THEN R1_ZERO 29")
    assert found(page).endswith("of 60 problems")
    assert "r1_zero 29" in page.all("[aria-label='R1-Zero answers'] .thought")[0].text
    choose(page, "text", "")
    choose(page, "order", "longest")
    assert page.all(".problem .prompt")[0].text == "What is 29?"


def test_other_samples_and_more_problems_are_reached_by_keyboard(page: Page, full: Path) -> None:
    from selenium.webdriver.common.keys import Keys

    page.open(full)
    before = len(page.all(".problem"))
    page.all("#more")[0].send_keys(Keys.ENTER)
    assert len(page.all(".problem")) > before
    page.all(".samples button")[1].send_keys(Keys.ENTER)
    assert page.all(".samples button")[1].get_attribute("aria-pressed") == "true"
    assert page.run("return document.activeElement === document.querySelectorAll('.samples button')[1]")


def test_words_of_other_languages_are_marked(page: Page, full: Path) -> None:
    page.open(full)
    choose(page, "language", "en")
    assert {m.text for m in page.all("#problems mark")} == {"一二"}


def test_what_models_write_is_shown_as_text_and_does_nothing(page: Page, attacked: Path) -> None:
    page.open(attacked)
    page.draw_everything()
    page.run("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    for more in page.all("#more"):
        while more.is_displayed():
            more.click()
    assert page.run("return window.broken") is None
    assert page.run("return document.querySelectorAll('main script, main img, [onerror], [onload]').length") == 0
    shown = page.run("return document.getElementById('problems').textContent")
    examples = page.run("return document.getElementById('rejection').textContent")
    for attack in HOSTILE:
        visible = attack.replace("\ud800", "?")
        assert visible in shown, attack
    for attack in HOSTILE[:EXAMPLES]:
        assert attack in examples, attack
    assert page.complaints() == []
    assert page.requests() == [attacked.as_uri()]


def test_a_script_that_got_into_the_page_would_not_run(page: Page, full: Path) -> None:
    page.open(full)
    page.run(
        "const script = document.createElement('script'); script.textContent = 'window.broken = 1';"
        "document.body.append(script);"
        "const image = new Image(); image.src = 'https://example.org/seen.png'; document.body.append(image);"
    )
    assert page.run("return window.broken") is None
    assert any("Content Security Policy" in said for said in page.complaints())
    assert page.requests() == [full.as_uri()]


def test_a_chart_can_be_saved_with_colours_that_stand_alone(page: Page, full: Path) -> None:
    page.open(full)
    page.draw_everything()
    page.run(
        "window.saved = []; URL.createObjectURL = (blob) => { blob.text().then((t) => saved.push(t)); return '#'; };"
        "document.querySelector('[data-save=svg]').click(); document.querySelector('[data-save=csv]').click();"
    )
    page.wait("window.saved.length === 2")
    csv, svg = sorted(page.run("return window.saved"), key=lambda text: text.startswith("<svg"))
    assert svg.startswith("<svg")
    assert "var(" not in svg
    assert csv.splitlines()[0] == '"model","mean","low","high","shown"'


def test_an_empty_store_says_what_to_do(page: Page, tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    page.open(written(tmp_path / "store", tmp_path / "report"))
    assert len(page.all(".empty")) == 9
    assert page.all("figure") == []
    assert page.complaints() == []
