"""The Markdown extensions that build the site, each on small pieces of Markdown."""

import json
import re
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote

import markdown
import nbformat
import pytest
from bs4 import BeautifulSoup
from markdown.treeprocessors import Treeprocessor

from site_tools import class_logs, code_blocks, glossary, maths, maths_font, notebook, prepare
from site_tools.page import DOCS, Page, SiteError, plain

FENCES = [
    "pymdownx.superfences",
    "pymdownx.highlight",
    "attr_list",
    "admonition",
    "pymdownx.details",
]
HIGHLIGHT = {
    "pymdownx.highlight": {
        "line_spans": "__span",
        "pygments_lang_class": True,
    }
}


class FakeRelpath(Treeprocessor):
    """What MkDocs adds for each page: the extensions read the page's file from it."""

    def __init__(self, uri, path):
        self.file = SimpleNamespace(src_uri=uri, abs_src_path=str(path))
        self.config = {"site_url": "https://example.org/logs/"}

    def run(self, root):
        return None


def convert(text, *extensions, uri="tensors/views.md", path=None, **configs):
    md = markdown.Markdown(extensions=list(extensions), extension_configs={**HIGHLIGHT, **configs})
    if uri:
        md.treeprocessors.register(FakeRelpath(uri, path or DOCS / uri), "relpath", 0)
    return BeautifulSoup(md.convert(text), "html.parser")


# --- formulas ---

ARITHMATEX = {
    "pymdownx.arithmatex": {
        "generic": True,
        "block_syntax": ["dollar"],
        "inline_syntax": ["dollar"],
    }
}


def formulas(text, **options):
    return convert(text, "pymdownx.arithmatex", "site_tools.maths", **{**ARITHMATEX, **options})


def test_a_formula_in_a_line_becomes_mathml():
    html = formulas(r"So $\frac{\partial L}{\partial x} < 1$ holds.")
    assert html.p.text.startswith("So ")
    assert html.find("math").mfrac is not None
    assert html.find("math").get("display") is None
    assert "<" in html.find("math").text


@pytest.mark.parametrize(
    "latex",
    [
        r"\begin{aligned} a &= b \\ c &< d \end{aligned}",
        r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}",
        r"\sum_{i=1}^n \hat{x}_i \odot \nabla f",
        r"x \in \mathbb{R}^n, \quad \mathcal{L}, \quad \lceil a \rceil, \quad v^\top J",
        r"\operatorname{softmax}(x)_i",
        r"\text{for all } \mathbf{J}_{ij}",
    ],
)
def test_a_formula_as_a_paragraph_becomes_a_mathml_block(latex):
    block = formulas(f"$$\n{latex}\n$$").find(class_="formula--block")
    assert block.name == "div"
    assert block.math["display"] == "block"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (r"A $\foo{x}$ here", "foo"),
        (r"A $\frac{1}{2$ here", ""),
        (r"A $a & b$ here", "table"),
        ("A\n$$\nx\n$$ b", "not recognised"),
        (r"A $ \frac{1}{2} $ with spaces", "not recognised"),
    ],
)
def test_a_bad_formula_names_the_page(text, says):
    with pytest.raises(SiteError, match=re.escape("docs/tensors/views.md")) as error:
        formulas(text)
    assert says in str(error.value)


def test_dollars_in_code_are_no_formula():
    assert formulas(r"Type `$\alpha` or `$$`.").code.text == r"$\alpha"


def test_a_character_that_the_served_font_lacks_is_an_error():
    assert maths_font.missing("x+\u2061\u03b1") == set()
    with pytest.raises(ValueError, match="lacks 漢"):
        maths.convert(r"\text{漢}", block=False)


def test_a_font_that_is_not_made_yet_is_an_error_that_names_the_command():
    with pytest.raises(SiteError, match=r"python -m site_tools\.prepare"):
        formulas("$x$", **{"site_tools.maths": {"font": "docs/assets/fonts/none.woff2"}})


def test_the_font_has_a_glyph_for_each_character_and_is_made_once(tmp_path):
    from fontTools.ttLib import TTFont

    target = tmp_path / "font.woff2"
    assert maths_font.make(target)
    assert not maths_font.make(target)
    font = TTFont(target)
    assert "MATH" in font
    assert {ord(c) for c in maths_font.REPERTOIRE} <= set(font.getBestCmap())
    assert target.stat().st_size < 60_000


def test_preparing_twice_changes_nothing(capsys):
    prepare.main()
    capsys.readouterr()
    prepare.main()
    assert capsys.readouterr().out == ""


# --- figures on pages ---

SVG = """<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="324pt" height="216pt"
 viewBox="0 0 324 216"><defs><path id="i0" d="M 0 0 L 3 3" style="stroke: #333436"/></defs>
<use xlink:href="#i0" style="fill: #1565c1; stroke: #000000"/><rect clip-path="url(#i1)" fill="#fefefd"/>
<text style="font-size: 10px; font-family: monospace">a</text><clipPath id="i1"><rect/></clipPath></svg>"""


@pytest.fixture
def chapter(tmp_path):
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "graph.svg").write_text(SVG)
    return tmp_path / "views.md"


def figure(text, chapter):
    return convert(text, "site_tools.inline_figures", path=chapter)


def test_a_figure_is_inlined_and_follows_the_theme(chapter):
    html = figure('![A graph.](figures/graph.svg "The *caption*.")', chapter).find("figure")
    svg = html.svg
    assert svg["role"] == "img"
    assert svg["aria-label"] == "A graph."
    assert html.figcaption.em.text == "caption"
    assert svg.find("use")["style"] == "fill: var(--figure-1); stroke: currentColor"
    assert "var(--md-default-bg-color)" in str(svg.rect)
    assert "var(--md-code-font-family)" in svg.find("text")["style"]
    assert not re.search("#[0-9a-f]{6}", str(svg))


def test_two_figures_do_not_share_ids(chapter):
    (chapter.parent / "figures" / "other.svg").write_text(SVG)
    html = figure('![A.](figures/graph.svg "B.")\n\n![C.](figures/other.svg "D.")', chapter)
    ids = [element["id"] for element in html.find_all(id=True)]
    assert len(ids) == len(set(ids)) == 4
    for use in html.find_all("use"):
        assert use["xlink:href"].removeprefix("#") in ids
    for rect in html.find_all("rect", attrs={"clip-path": True}):
        assert rect["clip-path"].removeprefix("url(#").removesuffix(")") in ids


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('![](figures/graph.svg "B.")', "alt text"),
        ("![A.](figures/graph.svg)", "caption"),
        ('![A.](figures/nothing.svg "B.")', "does not exist"),
        ('Text ![A.](figures/graph.svg "B.")', "alone in its paragraph"),
        ("Text ![](photo.png)", "alt text"),
    ],
)
def test_a_broken_figure_names_the_page(text, says, chapter):
    with pytest.raises(SiteError, match=says) as error:
        figure(text, chapter)
    assert "docs/tensors/views.md" in str(error.value)


# --- includes ---


def test_a_missing_include_names_page_and_line(tmp_path):
    (tmp_path / "a.py").write_text("x = 1\n")
    for include, says in (("nothing.py", "could not be found"), ("a.py:part", "'part'")):
        with pytest.raises(SiteError, match=says) as error:
            convert(
                f'--8<-- "{include}"',
                "pymdownx.snippets",
                "site_tools.includes",
                **{"pymdownx.snippets": {"base_path": [str(tmp_path)], "check_paths": True}},
            )
        assert "docs/tensors/views.md" in str(error.value)
        assert f'--8<-- "{include}"' in str(error.value)


# --- code blocks ---


def block(code, header='python {title="a/b.py"}'):
    return convert(f"```{header}\n{code}\n```", *FENCES, "site_tools.code_blocks")


def test_output_and_errors_are_marked_and_the_text_stays():
    code = "for i in [1]:\n    print(i)\n#> 1\nwith x:\n    print(2)\n    #> 2\n# a comment\nraise E\n#! E: no"
    html = block(code)
    assert [line.text.strip() for line in html.find_all(class_="out")] == ["#> 1", "#> 2"]
    assert [line.text.strip() for line in html.find_all(class_="err")] == ["#! E: no"]
    assert html.find("code").text.strip() == code


def test_a_string_that_looks_like_output_is_not_marked():
    assert not block('x = """\n#> no\n"""').find_all(class_="out")


@pytest.mark.parametrize(
    ("directive", "badge"),
    [("cuda", "GPU"), ("2 gpus", "2 GPUs"), ("deepspeed", "needs deepspeed")],
)
def test_what_a_program_requires_is_a_badge(directive, badge):
    html = block(f"# requires: {directive}\nx = 1")
    assert html.find(class_="badge").text == badge
    assert html.find(class_="filename").text == f"a/b.py{badge}"
    assert not block("x = 1").find(class_="badge")


def test_a_bare_doctest_becomes_a_block_and_one_in_a_fence_stays():
    html = convert("Text.\n\n>>> 1 + 1\n2\n\nMore.", *FENCES, "site_tools.code_blocks")
    assert html.find("code").text.strip() == ">>> 1 + 1\n2"
    assert not html.find("blockquote")
    fenced = ["```text", ">>> 1", "1", "", "```", ""]
    assert code_blocks.fence_doctests(fenced) == fenced
    assert code_blocks.fence_doctests([">>> 1"]) == ["```pycon", ">>> 1", "```"]


# --- glossary ---

GLOSSARY = """# Glossary

stride
strides
:   How far the *next* element is, see [view](x.md) and `x.stride()`.

non-leaf
:   Made by an operation.

SGD
:   Stochastic
    gradient descent.
"""


@pytest.fixture
def terms(tmp_path, monkeypatch):
    path = tmp_path / "glossary.md"
    path.write_text(GLOSSARY)
    monkeypatch.setattr(glossary, "GLOSSARY", path)
    monkeypatch.setattr(glossary, "load", lambda: glossary.parse(GLOSSARY))


def test_the_glossary_is_read_with_its_spellings():
    stride, leaf, sgd = glossary.parse(GLOSSARY)
    assert stride.spellings == ("stride", "strides")
    assert stride.definition == "How far the next element is, see view and x.stride()."
    assert leaf.anchor == "term-non-leaf"
    assert sgd.definition == "Stochastic gradient descent."


@pytest.mark.usefixtures("terms")
def test_a_term_is_explained_once_a_section():
    html = convert(
        "Strides and strides.\n\n## A stride\n\nA *stride*, a non-leaf.\n", "site_tools.glossary"
    )
    assert [abbr.text for abbr in html.find_all("abbr")] == ["Strides", "stride", "non-leaf"]
    assert html.p.text == "Strides and strides."
    assert html.abbr["title"].startswith("How far")
    assert html.abbr["tabindex"] == "0"


@pytest.mark.usefixtures("terms")
@pytest.mark.parametrize(
    "text",
    ["`stride`", "[stride](x.md)", "# stride", "upstride stride_x x.stride", "sgd", "striding"],
)
def test_code_links_headings_and_parts_of_words_are_left_alone(text):
    assert not convert(text, "site_tools.glossary").find_all("abbr")


@pytest.mark.usefixtures("terms")
def test_the_glossary_page_shows_each_term_once_with_an_anchor():
    html = convert(
        GLOSSARY, "def_list", "site_tools.glossary", uri="glossary.md", path=glossary.GLOSSARY
    )
    assert [(dt.text, dt["id"]) for dt in html.find_all("dt")] == [
        ("stride", "term-stride"),
        ("non-leaf", "term-non-leaf"),
        ("SGD", "term-sgd"),
    ]


# --- class logs ---

LOGS = """
days:
  - date: "0308"
    topic: PyTorch
    lines:
      - {id: P2, kind: fix, log: "`permute` copies", chapter: tensors, verdict: half right, answer: "No, a *view*.",
         home: "tensors/views.md#permute"}
      - {id: P4, kind: fact, log: It is so, chapter: modules, verdict: right, answer: It is.,
         home: "modules/index.md#so"}
"""


@pytest.fixture
def logs(tmp_path, monkeypatch):
    path = tmp_path / "class_logs.yml"
    path.write_text(LOGS)
    days = class_logs.load(path)
    monkeypatch.setattr(class_logs, "load", lambda: days)
    return days


@pytest.mark.usefixtures("logs")
def test_a_box_shows_the_lines_asked_for():
    html = convert("{log P2}", "site_tools.class_logs", uri="autograd/index.md")
    (row,) = html.find_all("li")
    assert row.find(class_="log__id")["href"] == "../class_logs.md#log-p2"
    assert row.find(class_="log__says").code.text == "permute"
    assert row.find(class_="verdict").text == "Half right"
    assert "No, a view." in row.text
    assert row.find(class_="log__home")["href"] == "../tensors/views.md#permute"
    assert not convert("{log P2}", "site_tools.class_logs", uri="tensors/views.md").find(
        class_="log__home"
    )


@pytest.mark.usefixtures("logs")
def test_the_index_shows_all_lines_by_day():
    html = convert("{class_logs}", "site_tools.class_logs", uri="class_logs.md")
    assert html.h2.text == "0308 · PyTorch"
    assert [row["id"] for row in html.find_all("li")] == ["log-p2", "log-p4"]
    assert html.find(id="log-p2").find(class_="log__home")["href"] == "tensors/views.md#permute"
    assert html.find(id="log-p4").find(class_="verdict").text == "Right"


@pytest.mark.usefixtures("logs")
@pytest.mark.parametrize(
    ("text", "says"),
    [("{log P99}", "unknown id P99"), ("{log}", "no id"), ("{class_logs P2}", "without ids")],
)
def test_a_wrong_macro_names_the_page(text, says):
    with pytest.raises(SiteError, match=says) as error:
        convert(text, "site_tools.class_logs")
    assert "docs/tensors/views.md" in str(error.value)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("id: P4", "id: P2", "P2 is used twice"),
        ("kind: fact", "kind: truth", "kind must be one of fact, fix"),
        ("verdict: half right", "verdict: maybe", "verdict must be one of"),
        ("chapter: modules", "chapter: module", "chapter must be one of"),
        ("log: It is so, ", "", "P4 lacks log"),
        ("log: It is so", "log: ''", "must be a text"),
        ("log: It is so", "colour: red, log: It is so", "unknown key colour"),
        ("views.md#permute", "views", "home must name a page and a heading"),
        ("verdict: half right, ", "", "P2 lacks verdict"),
        ("days:", "day:", "one key `days`"),
        ("topic: PyTorch", "topics: PyTorch", "date, topic and lines"),
        ("id: P2", "id: p2", "a capital letter and a number"),
        ("days:", "days: [", "not YAML"),
    ],
)
def test_a_wrong_data_file_says_what_to_write(old, new, says, tmp_path):
    path = tmp_path / "class_logs.yml"
    assert old in LOGS
    path.write_text(LOGS.replace(old, new, 1))
    with pytest.raises(ValueError, match=re.escape(says)):
        class_logs.load(path)


# --- notebook ---

PAGE = """# A page {#top}

See [the *next* `x`](views.md#strides), [API][reference_impl.tensors], [PyTorch](https://pytorch.org) and `[a](b.md)`.
Note[^1]. $x_{[1](2)}$

```python {title="tensors/a.py"}
print(1)
#> 1
```

## Section {#section .wide}

!!! success "Takeaways"
    - One.

    ```python
    x = 2
    raise ValueError("no")
    #! ValueError: no
    ```

??? example "Answer"
    It is so.

    ```python {title="tensors/b.py"}
    import warnings
    #! UserWarning: old
    ```

![A picture
of it.](figures/none.svg "Its caption.")

1. An exercise.

    ??? example "Folded"

        Yes:

        ```python {title="tensors/c.py"}
        y = 3
        ```

2. Another.

=== "One"

    Tab text.

```console
$ ls
```

[^1]: The note.
"""


def read(text, uri="tensors/index.md"):
    page = Page(uri, DOCS / uri)
    return notebook.notebook(text, page, "A page", "https://example.org/logs/")


def test_a_page_becomes_a_valid_notebook():
    content = read(PAGE)
    nbformat.validate(nbformat.from_dict(content))
    code = [cell for cell in content["cells"] if cell["cell_type"] == "code"]
    assert [cell["source"].splitlines()[0] for cell in code] == [
        "print(1)",
        "x = 2",
        "import warnings",
        "y = 3",
    ]
    assert [cell["metadata"].get("tags") for cell in code] == [
        None,
        ["raises-exception"],
        None,
        None,
    ]
    assert code[0]["metadata"]["name"] == "tensors/a.py"
    text = "\n\n".join(
        cell["source"] for cell in content["cells"] if cell["cell_type"] == "markdown"
    )
    for expected in (
        "# A page\n",
        "## Section\n",
        "[the *next* `x`](https://example.org/logs/tensors/views/#strides), API, [PyTorch](https://pytorch.org) and `[a](b.md)`.",
        "Note[1]. $x_{[1](2)}$",
        "> **Takeaways**\n>\n> - One.",
        "#### Answer\n\nIt is so.",
        "A picture of it. Its caption.",
        "1. An exercise.\n\n\n#### Folded\n\nYes:",
        "**One**\n\nTab text.",
        "```console\n$ ls\n```",
        "[1] The note.",
    ):
        assert expected in text
    assert not re.search(
        r"\{#|!!!|\?\?\?|===|\]\([^h)]", text.replace("`[a](b.md)`", "").replace("[1](2)", "")
    )


def test_a_page_without_programs_has_no_notebook():
    assert read("# Words\n\nOnly words.\n\n```text\nx\n```\n") is None


def test_the_log_macro_is_written_out(logs):
    text = json.dumps(read("{log P2}\n\n```python\nx = 1\n```\n"), ensure_ascii=False)
    assert "**P2**, the log: `permute` copies" in text
    assert "**Half right.** No, a *view*." in text


def test_the_link_holds_the_notebook_itself():
    html = convert("# T\n\n```python\nprint('ä # % &')\n```\n", *FENCES, "site_tools.notebook")
    link = html.find("a", class_="notebook")
    assert link["download"] == "tensors-views.ipynb"
    kind, _, data = link["href"].partition(",")
    assert kind == "data:application/x-ipynb+json;charset=utf-8"
    assert json.loads(unquote(data))["cells"][-1]["source"] == "print('ä # % &')"


# --- pages ---


def test_addresses():
    def page(uri):
        return Page(uri, Path(uri))

    assert page("index.md").url_path() == ""
    assert page("tensors/index.md").url_path() == "tensors/"
    assert page("tensors/views.md").url_path() == "tensors/views/"
    assert page("tensors/views.md").link_to("class_logs.md#log-p2") == "../class_logs.md#log-p2"
    assert page("class_logs.md").link_to("tensors/views.md#a") == "tensors/views.md#a"
    assert notebook.filename(page("index.md")) == "class-logs.ipynb"


def test_plain_text():
    assert plain("The `a` of [**b**](c.md){#d}, $x$ and\n [e][f].") == "The a of b, x and e."
