"""The labs: each is run in Jupyter and does what its page shows; what breaks the contract is told so in words."""

import functools
import json
import re

import nbformat
import pytest

from site_tools import figures, labs
from site_tools.labs import LabError, load, notebook_of, printed, read_source, source_of
from site_tools.page import DOCS, Page
from tests.code_blocks.compare import differences
from tests.code_blocks.corrupt import corruptions

NAMES = labs.names()


@functools.cache
def committed(name, short=False):
    return load(labs.SHORT / f"{name}.ipynb" if short else notebook_of(name))


@functools.cache
def done(name):
    """The lab's notebook after a run, in the short setting where there is one."""
    source = read_source(source_of(name).read_text(encoding="utf-8"), name)
    return labs.run(source, short=labs.has_short(source))


def bare(notebook):
    """A notebook without what its cells gave."""
    copy = json.loads(json.dumps(notebook))
    for cell in copy["cells"]:
        if cell["cell_type"] == "code":
            cell.update(outputs=[], execution_count=None)
    return copy


def wrong_outputs(expected, got):
    """What differs between the outputs of two runs, in words."""
    for number, (old, new) in enumerate(zip(expected["cells"], got["cells"], strict=True), 1):
        first = (old["source"].splitlines() or [""])[0]
        wrong = differences(printed(old), printed(new))
        if labs.picture(old) and labs.picture(new):
            wrong += figures.differences(labs.picture(old), labs.picture(new))
        elif labs.picture(old) or labs.picture(new):
            wrong.append("a picture is there in one of the runs only")
        if wrong:
            yield f"cell {number}, {first}\n  " + "\n  ".join(wrong)


def test_a_lab_is_a_program_a_notebook_and_a_page():
    notebooks = {path.stem for path in (DOCS / "labs").glob("*.ipynb")}
    pages = {path.stem for path in (DOCS / "labs").glob("*.md")} - {"index"}
    assert NAMES
    assert notebooks == pages == set(NAMES)
    index = (DOCS / "labs" / "index.md").read_text(encoding="utf-8")
    for name in NAMES:
        text = (DOCS / "labs" / f"{name}.md").read_text(encoding="utf-8")
        assert labs.is_lab(Page(f"labs/{name}.md", DOCS / "labs" / f"{name}.md"), text.splitlines())
        assert f"({name}.md)" in index, f"docs/labs/index.md does not list {name}.md"


@pytest.mark.parametrize("name", NAMES)
def test_the_notebook_is_the_program(name):
    source = read_source(source_of(name).read_text(encoding="utf-8"), name)
    made = f"run `make labs LAB={name}`"
    assert bare(committed(name)) == source, (
        f"docs/labs/{name}.ipynb is older than its program: {made}"
    )
    nbformat.validate(nbformat.from_dict(committed(name)))
    if labs.has_short(source):
        assert bare(committed(name, short=True)) == source, made


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_lab_does_what_its_page_shows(name):
    short = labs.has_short(committed(name))
    wrong = list(wrong_outputs(committed(name, short), done(name)))
    assert not wrong, f"if the new output is right: make labs LAB={name}\n" + "\n".join(wrong)


@pytest.mark.parametrize("name", NAMES)
def test_a_corrupted_output_of_a_lab_is_noticed(name):
    """Against itself, each printed line changed in turn: no change passes for the line."""
    count = 0
    for cell in committed(name)["cells"]:
        lines = printed(cell)
        for number, line in enumerate(lines):
            for kind, new in corruptions(f"#> {line}"):
                corrupted = [*lines[:number], *(text[3:] for text in new), *lines[number + 1 :]]
                assert differences(corrupted, lines), f"{line!r}, {kind}: unnoticed"
                count += 1
    assert count


@pytest.mark.parametrize("name", NAMES)
def test_a_lab_ends_in_a_picture_and_a_number_and_teaches_as_a_chapter(name):
    cells = committed(name)["cells"]
    pictures = [number for number, cell in enumerate(cells) if labs.picture(cell)]
    assert pictures, "no cell draws a picture"
    assert any(printed(cell) for cell in cells[pictures[-1] + 1 :]), (
        "the lab ends in a number: print it after the last picture"
    )
    text = "\n".join(cell["source"] for cell in cells if cell["cell_type"] == "markdown")
    for heading in ("## What breaks", "## Takeaways", "## Exercises", "## Sources"):
        assert heading in text, f"no text cell has the heading {heading!r}"
    assert any("answer" in cell["metadata"].get("tags", ()) for cell in cells), (
        'no exercise has an answer: a cell opened with # %% tags=["answer"]'
    )


# --- the contract ---

MARKDOWN = '# %% [markdown]\nr"""\n{}\n"""\n'


def made(text, **options):
    return labs.run(read_source(text, "lab"), **options)


@pytest.fixture(scope="module")
def small():
    """A lab of each kind of cell, run."""
    text = (
        MARKDOWN.format("# A lab\n\nA [link](../memory/index.md), $x_1$.")
        + "# %%\nprint('one')\nprint()\nprint('two')\n"
        + '# %% alt="A line that rises." caption="A *line*."\n'
        + "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()\n"
        + MARKDOWN.format("**1.** Why?")
        + '# %% short="steps = 2"\nsteps = 2_000\n'
        + '# %% tags=["answer"]\nprint(steps)\n'
        + MARKDOWN.format("Because.").replace("[markdown]", '[markdown] tags=["answer"]')
    )
    return read_source(text, "lab"), made(text), made(text, short=True)


def test_a_lab_is_shown_with_its_outputs_its_picture_and_folded_answers(small):
    assert labs.to_markdown(small[1], "lab.ipynb") == (
        "# A lab\n\nA [link](../memory/index.md), $x_1$.\n\n"
        "```python\nprint('one')\nprint()\nprint('two')\n#> one\n#>\n#> two\n```\n\n"
        "```python\nimport matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()\n```\n\n"
        '![A line that rises.](lab.ipynb#3 "A *line*.")\n\n'
        "**1.** Why?\n\n"
        "```python\nsteps = 2_000\n```\n\n"
        '??? example "Answer"\n\n'
        "    ```python\n    print(steps)\n    #> 2000\n    ```\n\n"
        "    Because."
    )


def test_a_short_run_is_of_the_same_notebook(small):
    source, long, short = small
    assert bare(short) == bare(long) == source
    assert (printed(long["cells"][5]), printed(short["cells"][5])) == (["2000"], ["2"])
    assert len(list(wrong_outputs(long, short))) == 1


def test_a_notebook_is_kept_and_read_as_it_is(small, tmp_path):
    labs.save(small[1], tmp_path / "lab.ipynb")
    assert load(tmp_path / "lab.ipynb") == small[1]
    assert "date" not in (tmp_path / "lab.ipynb").read_text().lower()


def test_a_picture_is_in_the_house_style_and_compared(small):
    svg = labs.picture(small[1]["cells"][2])
    assert figures.SERIES[0] in svg
    assert 'viewBox="0 0 324 216"' in svg
    other = json.loads(json.dumps(small[1]).replace(figures.SERIES[0], figures.SERIES[1]))
    assert len(list(wrong_outputs(small[1], other))) == 1
    other["cells"][2]["outputs"] = []
    assert "in one of the runs only" in next(wrong_outputs(small[1], other))


def test_the_download_has_absolute_links_outputs_and_captions(small):
    notebook = labs.to_download(small[1], lambda text: text.replace("../", "https://x/"), "From x.")
    nbformat.validate(nbformat.from_dict(notebook))
    sources = [cell["source"] for cell in notebook["cells"]]
    assert sources[0] == "From x."
    assert "(https://x/memory" in sources[1]
    assert sources[4] == "*Figure.* A *line*."
    assert notebook["cells"][2]["outputs"][0]["text"] == "one\n\ntwo\n"
    answer = next(cell for cell in notebook["cells"] if cell["source"] == "print(steps)")
    assert answer["metadata"]["jupyter"] == {"source_hidden": True, "outputs_hidden": True}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "# %% tag=1\nx = 1\n",
            "lab: cell 1: unknown option tag; there are alt, caption, short, tags",
        ),
        ('# %% alt="A."\nx = 1\n', "has both an alt text and a caption"),
        (MARKDOWN.format('!!! note "x"'), "Jupyter does not understand '!!!'"),
        (MARKDOWN.format("{log V1}"), "Jupyter does not understand '{log'"),
        (MARKDOWN.format("## A {#a}"), "Jupyter does not understand '{#a}'"),
        (MARKDOWN.format("[`x`][a.b]"), "Jupyter does not understand ']['"),
    ],
)
def test_a_program_that_is_no_lab_is_told_why(text, says):
    with pytest.raises(LabError, match=re.escape(says)):
        read_source(text, "lab")


FIGURE = '# %% alt="A." caption="B."\nimport matplotlib.pyplot as plt\n'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("# %%\n1 / 0\n", "ZeroDivisionError: division by zero"),
        ("# %%\n1 + 1\n", "the cell that starts with '1 + 1' ends with a value; print it"),
        ("# %%\nimport warnings\nwarnings.warn('old')\n", "a page can't show: stream"),
        ("# %%\nimport matplotlib.pyplot as plt\nplt.plot([1])\nplt.show()\n", "draws 1 pictures"),
        (FIGURE, "draws 0 pictures"),
        (FIGURE + "plt.plot([1], color='green')\nplt.show()\n", "uses the colour #008000"),
        (FIGURE + "plt.plot([1])\nplt.title('t', fontsize=6)\nplt.show()\n", "sets 't' in 6 pt"),
    ],
)
def test_a_run_that_a_page_can_not_show_is_told_why(text, says):
    with pytest.raises(LabError, match=re.escape(says)):
        made(text)


def test_the_command_names_what_is_not_there_and_what_fails(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(labs, "SOURCES", tmp_path)
    monkeypatch.setattr(labs, "PAGES", tmp_path)
    monkeypatch.setattr(labs, "ROOT", tmp_path)
    monkeypatch.setattr(labs, "SHORT", tmp_path / "short")
    assert labs.main("nothing") == 1
    assert "no program snippets/labs/nothing.py" in capsys.readouterr().err
    (tmp_path / "good.py").write_text('# %% short="n = 1"\nn = 9\n# %%\nprint(n)\n')
    (tmp_path / "wrong.py").write_text("# %%\nundefined\n")
    assert labs.main() == 1
    shown = capsys.readouterr()
    assert "good.ipynb: written" in shown.out
    assert "snippets/labs/wrong.py: " in shown.err
    assert printed(load(tmp_path / "good.ipynb")["cells"][1]) == ["9"]
    assert printed(load(tmp_path / "short" / "good.ipynb")["cells"][1]) == ["1"]
    assert not (tmp_path / "wrong.ipynb").exists()
