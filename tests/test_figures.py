"""The figures: each is what its program draws, keeps the house style and stands on a page."""

import re
import textwrap
from xml.etree import ElementTree

import pytest

from site_tools import figures
from site_tools.figures import MIN_TEXT, SVG, FigureError, differences, generate
from site_tools.page import DOCS, ROOT

PROGRAMS = figures.programs()
PICTURES = sorted(DOCS.glob("*/figures/*.svg"))


def relative(path):
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("program", PROGRAMS, ids=relative)
def test_a_picture_is_what_its_program_draws(program):
    picture = figures.picture_of(program)
    draw = f"run `make figures CHAPTER={program.parent.parent.name}`"
    assert picture.is_file(), f"{relative(program)} has no picture yet: {draw}"
    different = list(differences(picture.read_text(encoding="utf-8"), generate(program)))
    assert not different, f"{relative(picture)} is not what its program draws now: {draw}\n" + (
        "\n".join(different[:5])
    )


@pytest.mark.parametrize("picture", PICTURES, ids=relative)
def test_a_picture_has_a_program_and_a_page(picture):
    program = figures.program_of(picture)
    assert program.is_file(), f"{relative(picture)} has no program {relative(program)}: delete it"
    pages = [
        page
        for page in DOCS.glob("**/*.md")
        for src in re.findall(r"\]\(\s*([^\s)]+\.svg)", page.read_text(encoding="utf-8"))
        if (page.parent / src).resolve() == picture
    ]
    assert pages, f"{relative(picture)} is shown on no page: show it, or delete it and its program"


@pytest.mark.parametrize("picture", PICTURES, ids=relative)
def test_a_picture_is_small_to_load_and_its_text_large_enough(picture):
    svg = picture.read_text(encoding="utf-8")
    assert len(svg) < 60_000
    sizes = [float(s) for s in re.findall(r"font-size: ([\d.]+)px", svg)]
    assert sizes
    assert min(sizes) >= MIN_TEXT
    width = float(ElementTree.fromstring(svg).get("viewBox").split()[2])
    assert width == 324  # a phone of 360 px shows 9 pt as 10 px


# --- the generator ---


@pytest.fixture
def draw(tmp_path, monkeypatch):
    monkeypatch.setattr(figures, "ROOT", tmp_path)

    def draw(text):
        program = tmp_path / "figure.py"
        program.write_text("import matplotlib.pyplot as plt\n" + textwrap.dedent(text))
        return generate(program)

    return draw


def test_a_program_draws_in_the_house_style(draw):
    svg = draw("""
        fig, ax = plt.subplots()
        ax.plot([1, 2], [3, 4], label="a")
        ax.bar([1, 2], [3, 4], color="C5", alpha=0.3, hatch="//")
        ax.text(1, 1, "t", color=plt.rcParams["text.color"], family="monospace")
        ax.legend()
    """)
    root = ElementTree.fromstring(svg)
    assert root.get("viewBox") == "0 0 324 216"
    assert figures.SERIES[0] in svg
    assert figures.SERIES[5] in svg
    assert "<style" not in svg
    assert "DejaVu" not in svg
    texts = ["".join(t.itertext()) for t in root.iter(f"{SVG}text")]
    assert {"a", "t"} <= set(texts)


def test_a_program_draws_the_same_twice(draw):
    text = "fig, ax = plt.subplots()\nax.scatter([1, 2], [3, 4])\n"
    assert draw(text) == draw(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x = 1", "left 0 figures open"),
        ("plt.figure(); plt.figure()", "left 2 figures open"),
        ("plt.figure(figsize=(6, 3))", "is 6 x 3 inches; make it 4.5 wide"),
        ("plt.figure(figsize=(4.5, 9))", "at most 5.5 high"),
        ("plt.plot([1, 2], color='green')", "uses the colour #008000"),
        ("plt.imshow([[1, 2]])", "holds a bitmap"),
        ("plt.text(0, 0, 'tiny', fontsize=7)", "sets 'tiny' in 7 pt"),
        ("plt.text(0, 0, '$x^2$')", "sets '2' in 7 pt"),
    ],
)
def test_a_program_that_breaks_the_contract_is_told_how_to_keep_it(draw, text, says):
    with pytest.raises(FigureError, match=re.escape(says)) as error:
        draw(text)
    assert str(error.value).startswith("figure.py ")


def test_pictures_are_compared_to_a_tolerance(draw):
    old = draw("plt.plot([1, 2], [3, 4])")
    assert not list(differences(old, old))
    nudged = re.sub(r"M (\d+)\.", lambda m: f"M {int(m[1]) + 1}.", old)
    assert nudged != old
    assert not list(differences(old, nudged))
    assert list(differences(old, draw("plt.plot([1, 2], [3, 4], 'C1')")))
    assert list(differences(old, draw("plt.plot([1, 2], [3, 40])")))
    assert list(differences(old, draw("plt.plot([1, 2], [3, 4]); plt.xlabel('x')")))
    faint = draw("plt.plot([1, 2], [3, 4], alpha=0.5)")
    assert not list(differences(faint, draw("plt.plot([1, 2], [3, 4], alpha=0.500001)")))
    assert list(differences(faint, draw("plt.plot([1, 2], [3, 4], alpha=0.6)")))


def test_the_command_says_which_figures_it_drew(capsys):
    assert figures.main("no_such_chapter") == 1
    assert "no program in snippets/no_such_chapter/figures/" in capsys.readouterr().err
