"""The built site: a strict build, then what a reader's browser is given, checked in the HTML."""

import ast
import functools
import importlib
import inspect
import itertools
import json
import os
import re
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import nbformat
import pytest
import yaml
from bs4 import BeautifulSoup, Tag
from bs4.element import PreformattedString

from site_tools import class_logs, glossary
from tests.built_site import DOCS, PAGES, ROOT, SITE_URL, build, built_site, html_of, mkdocs

LINES = [line for day in class_logs.load() for line in day.lines]


def every_page(check):
    """Makes one test of `check(site, page)`: it reports each page that fails."""

    def test(site, subtests):
        for page in PAGES:
            with subtests.test(f"docs/{page}"):
                check(site, page)

    test.__name__ = check.__name__
    return test


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    return built_site(tmp_path_factory)


# The span of one token of a program: most of the elements of a page, and nothing is asked about them here.
TOKEN = re.compile(r'<span class="\w{1,3}">([^<]*)</span>')


@functools.cache
def soup(path):
    return BeautifulSoup(TOKEN.sub(r"\1", path.read_text(encoding="utf-8")), "html.parser")


@functools.cache
def ids(path):
    page = soup(path)
    return {e["id"] for e in page.find_all(id=True)} | {
        a["name"] for a in page.find_all("a", attrs={"name": True})
    }


def front_matter(page):
    text = (DOCS / page).read_text(encoding="utf-8")
    assert text.startswith("---\n"), f"docs/{page} has no front matter: title and description"
    return yaml.safe_load(text.split("---\n")[1])


def without_code(element):
    """The text of an element apart from code, figures and formulas."""
    parts = []
    for child in element.children:
        if isinstance(child, Tag):
            if child.name not in ("code", "pre", "svg", "math", "script", "style"):
                parts.append(without_code(child))
        elif not isinstance(child, PreformattedString):  # a comment, say
            parts.append(str(child))
    return " ".join(parts)


def test_the_site_builds_strictly(tmp_path_factory):
    _, errors = build(tmp_path_factory)
    assert not errors, f"`make build` fails:\n{errors}"


# --- each page ---


@every_page
def test_a_page_says_what_it_is(site, page):
    html = soup(html_of(site, page))
    meta = front_matter(page)
    assert html.find("meta", attrs={"name": "description"})["content"] == meta["description"]
    assert 20 <= len(meta["description"]) <= 155
    assert meta["title"] in html.title.text
    assert html.html["lang"] == "en"
    assert len(html.article.find_all("h1")) == 1


def test_no_two_pages_say_the_same():
    for key in ("title", "description"):
        values = [front_matter(page)[key] for page in PAGES]
        assert len(values) == len(set(values))


@every_page
def test_a_page_has_no_two_equal_ids(site, page):
    found = [e["id"] for e in soup(html_of(site, page)).find_all(id=True)]
    assert [i for i in found if found.count(i) > 1] == []


@every_page
def test_headings_go_down_one_level_at_a_time(site, page):
    headings = soup(html_of(site, page)).article.find_all(re.compile("^h[1-6]$"))
    levels = [int(h.name[1]) for h in headings]
    for before, after in itertools.pairwise(levels):
        assert after <= before + 1, [h.get_text() for h in headings]


@every_page
def test_every_formula_and_macro_was_rendered(site, page):
    article = soup(html_of(site, page)).article
    assert not article.find_all(class_="arithmatex")
    stray = re.search(
        r"\$\$|\\[a-z]{3,}\b|\{(log|class_logs)\b|--8<--|\{#|!\[|\]\(", without_code(article)
    )
    assert not stray, f"docs/{page}: {stray and stray[0]!r} is left in the text"


@every_page
def test_every_code_block_has_a_known_language(site, page):
    for block in soup(html_of(site, page)).article.select("div.highlight"):
        assert any(name.startswith("language-") for name in block["class"]), block.get_text()[:80]


@every_page
def test_every_link_of_a_page_leads_somewhere(site, page):
    here = html_of(site, page)
    base = SITE_URL + here.relative_to(site).as_posix()
    for link in soup(here).find_all(["a", "link"], href=True):
        if link["href"].startswith(("data:", "javascript:")):
            continue
        target = urlsplit(urljoin(base, link["href"]))
        if f"{target.scheme}://{target.netloc}/" != SITE_URL:
            assert target.scheme in ("https", "http"), link
            assert link.name == "a", f"{link} loads from elsewhere"
            continue
        path = site / unquote(target.path).lstrip("/")
        path = path / "index.html" if target.path.endswith("/") else path
        assert path.is_file(), f"docs/{page} links to {link['href']}, which is not there"
        if target.fragment and path.suffix == ".html":
            assert target.fragment in ids(path), f"docs/{page}: no anchor {link['href']}"


def test_nothing_is_loaded_from_elsewhere(site):
    for path in site.glob("**/*.html"):
        for element in soup(path).find_all(src=True):
            assert not urlsplit(element["src"]).netloc, element
        for element in soup(path).find_all("link", href=True):
            assert element["rel"] == ["canonical"] or not urlsplit(element["href"]).netloc, element
    for path in site.glob("**/*.css"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"url\(\s*[\"']?(https?:)?//|@import", text), path


@every_page
def test_every_page_can_be_edited(site, page):
    link = soup(html_of(site, page)).find("a", rel="edit")
    assert link["title"] == f"Edit this page: docs/{page}"
    assert link["href"].endswith("how_this_site_is_built/#edit-a-page") or page.startswith("how_")


def test_an_unknown_address_gets_a_page_of_ours(site):
    html = soup(site / "404.html")
    assert html.h1.text == "This page does not exist"
    assert urljoin(SITE_URL, html.article.a["href"]) == SITE_URL


# --- figures ---


@every_page
def test_a_figure_has_alt_text_and_caption(site, page):
    article = soup(html_of(site, page)).article
    for figure in article.find_all("figure"):
        alt = figure.svg["aria-label"]
        assert len(alt) > 20, f"too short to say what the picture shows: {alt!r}"
        assert figure.figcaption.text.strip()
        assert not re.search("#[0-9a-fA-F]{6}", str(figure.svg)), "a colour that ignores the theme"
    for image in article.find_all("img"):
        assert image["alt"]


@every_page
def test_a_page_of_a_chapter_has_a_figure_and_the_lines_it_answers(site, page):
    chapter = page.partition("/")[0]
    if chapter not in class_logs.CHAPTERS or page == "labs/index.md":  # the list of the labs
        return
    article = soup(html_of(site, page)).article
    assert article.find("figure"), f"docs/{page} shows no figure"
    # a box with a line of this chapter, or a link to one of another chapter
    named = article.find(class_="log-box") or article.find(
        "a", href=re.compile(r"class_logs/#log-")
    )
    assert named, f"docs/{page} names no line of the logs: write {{log ID}}"


# --- notebooks ---


def notebook_of(html):
    link = html.find("a", class_="notebook")
    return link and json.loads(unquote(link["href"].partition(",")[2]))


@every_page
def test_a_page_with_programs_is_a_valid_notebook(site, page):
    html = soup(html_of(site, page))
    content = notebook_of(html)
    # The reference pages' code is in docstrings, not on the page.
    programs = (
        []
        if page.startswith("reference/")
        else html.article.select("div.language-python.highlight")
    )
    if not programs:
        assert content is None
        return
    nbformat.validate(nbformat.from_dict(content))
    code = [cell["source"] for cell in content["cells"] if cell["cell_type"] == "code"]
    for source in code:
        ast.parse(source)
    prose = [cell["source"] for cell in content["cells"] if cell["cell_type"] == "markdown"]
    for block in programs:
        source = block.find("code").get_text().rstrip()
        if page.startswith("labs/"):  # a notebook keeps what its cells print apart
            source = re.sub(r"\n#>.*", "", source)
        # a program for several processes cannot run in a cell: it is shown
        shown = source.startswith("# run: torchrun")
        assert any(source in part for part in prose) if shown else source in code
    text = "\n".join(cell["source"] for cell in content["cells"] if cell["cell_type"] == "markdown")
    text = re.sub(r"(`{3,}).*?\1|`[^`]+`|\$[^$]+\$", "", text, flags=re.DOTALL)
    left = re.search(r"\{#|\{log|!!! |\?\?\? |--8<--|\]\((?!https?://)", text)
    assert not left, f"{left and text[left.start() :][:60]!r} is left in the notebook"
    assert len(soup(html_of(site, page)).find("a", class_="notebook")["href"]) < 150_000


# --- the class logs ---


def test_the_logs_have_98_lines():
    assert len(LINES) == 98


def problems(site, line):
    """What keeps one line of the logs from being answered where it says."""
    file, _, anchor = line.home.partition("#")
    path = html_of(site, file)
    if not path.is_file():
        yield f"{line.id}: its home {line.home} is on no page docs/{file}"
        return
    if anchor not in ids(path):
        yield f"{line.id}: docs/{file} has no heading {{#{anchor}}}"
    if not soup(path).select(f'.log-box a.log__id[href$="#{line.anchor}"]'):
        yield f"{line.id}: docs/{file} is its home and does not show it: add {{log {line.id}}}"


def test_every_line_has_its_home(site):
    found = [problem for line in LINES for problem in problems(site, line)]
    assert not found, "\n".join(found)


def test_the_index_shows_every_line_and_links_to_its_home(site):
    html = soup(site / "class_logs" / "index.html")
    rows = html.article.select("li.log")
    assert [row["id"] for row in rows] == [line.anchor for line in LINES]
    for row, line in zip(rows, LINES, strict=True):
        file, _, anchor = line.home.partition("#")
        href = row.find(class_="log__home")["href"]
        assert (
            urljoin("/class_logs/", href)
            == "/" + html_of(Path(), file).as_posix().removesuffix("index.html") + f"#{anchor}"
        )


@every_page
def test_a_box_from_the_log_stands_in_the_chapter_that_answers(site, page):
    by_anchor = {line.anchor: line for line in LINES}
    for link in soup(html_of(site, page)).select(".log-box a.log__id"):
        line = by_anchor[link["href"].partition("#")[2]]
        assert line.chapter == page.split("/")[0], f"docs/{page} shows {line.id} of {line.chapter}"


# --- the API ---


@pytest.mark.parametrize(
    "package", sorted(p.parent.name for p in ROOT.glob("reference_impl/*/__init__.py"))
)
def test_every_public_name_of_a_package_is_on_its_page(site, package):
    """Data apart. A module of the same name would stand in its place, and the page would not say so."""
    module = importlib.import_module(f"reference_impl.{package}")
    public = [
        name
        for name in module.__all__
        if inspect.isclass(getattr(module, name)) or inspect.isfunction(getattr(module, name))
    ]
    there = ids(site / "reference" / package / "index.html")
    assert [name for name in public if f"reference_impl.{package}.{name}" not in there] == []


# --- glossary and search ---


def test_the_glossary_defines_each_term_once(site):
    terms = glossary.load()
    spellings = [spelling for term in terms for spelling in term.spellings]
    assert len(spellings) == len(set(spellings))
    entries = soup(site / "glossary" / "index.html").article.find_all("dt")
    assert {term.anchor for term in terms} == {entry["id"] for entry in entries}


def test_terms_are_explained_on_the_chapters_pages(site):
    found = [
        a
        for page in PAGES
        for a in soup(html_of(site, page)).select("abbr.term[title][tabindex='0']")
    ]
    assert len(found) > 20
    assert not soup(site / "glossary" / "index.html").select("abbr.term")


def test_the_search_index_holds_the_pages_and_the_api_and_no_figures(site):
    index = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))
    locations = {entry["location"].partition("#")[0] for entry in index["docs"]}
    assert {html_of(Path(), p).as_posix().removesuffix("index.html") for p in PAGES} <= locations
    assert any("is_contiguous" in entry["title"] for entry in index["docs"])


# --- what a contributor is told about a mistake ---


@pytest.fixture
def small_site(tmp_path):
    """A site of one page under the real configuration: gives a function that builds it."""

    def build(text, *, nav=True, **pages):
        docs = tmp_path / "docs"
        docs.mkdir()
        (docs / "index.md").write_text(f"---\ntitle: T\ndescription: D\n---\n# Title\n\n{text}\n")
        for name, content in pages.items():
            (docs / f"{name}.md").write_text(content)
        config = {
            "INHERIT": str(ROOT / "mkdocs.yml"),
            "docs_dir": str(docs),
            "nav": [{"Home": "index.md"}, *({n: f"{n}.md"} for n in pages if nav)],
            "plugins": ["search"],
            "watch": [],
            "theme": {"custom_dir": str(ROOT / "site_tools" / "theme")},
            "extra_css": [],
            "extra_javascript": [],
        }
        (tmp_path / "mkdocs.yml").write_text(yaml.safe_dump(config))
        return mkdocs(
            "build",
            "--strict",
            "--site-dir",
            str(tmp_path / "site"),
            "--config-file",
            str(tmp_path / "mkdocs.yml"),
        )

    return build


def test_a_page_without_mistakes_builds(small_site):
    result = small_site("Good: $x$, [other](other.md#part).", other="# Other\n\n## Part {#part}\n")
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[a](nothing.md)", "'nothing.md', but the target is not found"),
        ("[a](index.md#nothing)", "'index.md#nothing', but there is no such anchor"),
        ("[a](/absolute/)", "absolute link"),
        (
            '```python\n--8<-- "no/file.py"\n```',
            "docs/index.md: Snippet at path 'no/file.py' could not be found",
        ),
        (r"$\frac{1}{$", "docs/index.md: cannot render the formula"),
        ('![A.](figures/a.svg "B.")', "docs/index.md: the figure figures/a.svg does not exist"),
        ('![](figures/a.svg "B.")', "docs/index.md: the figure figures/a.svg has no alt text"),
        ("{log P99}", "docs/index.md: {log P99} has unknown id P99"),
    ],
)
def test_a_mistake_on_a_page_fails_the_build_in_words(small_site, text, says):
    result = small_site(text)
    assert result.returncode != 0
    assert says in result.stderr
    assert "Traceback" not in result.stderr


def test_a_page_that_is_not_in_the_navigation_fails_the_build(small_site):
    result = small_site("Text.", nav=False, other="# Other\n")
    assert result.returncode != 0
    assert 'not included in the "nav" configuration' in result.stderr
    assert "other.md" in result.stderr


def test_a_host_can_be_given_for_editing(small_site, tmp_path, monkeypatch):
    template = "https://example.org/edit/docs/{path}"
    monkeypatch.setattr(
        "tests.built_site.environment", lambda: {**os.environ, "EDIT_URI_TEMPLATE": template}
    )
    assert small_site("Text.").returncode == 0
    link = BeautifulSoup((tmp_path / "site" / "index.html").read_text(), "html.parser").find(
        "a", rel="edit"
    )
    assert link["href"] == "https://example.org/edit/docs/index.md"
