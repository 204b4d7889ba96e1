"""The built site in headless Chromium: what it loads, how it looks to axe, and what a reader can do with it."""

import gzip
import json
import re
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import nbformat
import pytest
from playwright.sync_api import expect

from tests.browsing import DARK, DESKTOP, LIGHT, PHONE, RULES, ready, violations
from tests.built_site import PAGES, SITE_URL, address_of

pytestmark = pytest.mark.browser

ADDRESSES = [*map(address_of, PAGES), "404.html"]
FIRST_VIEW = 200_000  # bytes, compressed, the search index apart

# Measuring contrast takes most of the time: each element's background is looked for. It is left out where pages are
# made alike: programs are, a span for each token; the pages of a chapter, whose first is measured; the API's pages, by
# one template. In the dark the same classes have other colours. Some pages are held against every rule with all that
# is on them in both schemes, one of the API's among them, and the colours of code and figures one by one.
NO_CODE = {"exclude": [[".highlight"]]}
NO_CONTRAST = {**RULES, "rules": {"color-contrast": {"enabled": False}}}
# What may change from page to page with the scheme and the width.
NARROW = ["link-in-text-block", "scrollable-region-focusable"]
WHOLE = ["", "tensors/", "labs/memory_budget/", "reference/tensors/", "class_logs/"]


# The least size of text in figures, in pixels of the screen; 1000 where there is none.
SMALLEST = """() => {
  const sizes = []
  for (const text of document.querySelectorAll("figure svg text")) {
    const matrix = text.getScreenCTM()
    if (text.getClientRects().length)
      sizes.push(parseFloat(getComputedStyle(text).fontSize) * Math.hypot(matrix.a, matrix.b))
  }
  return Math.min(...sizes, 1000)
}"""


@pytest.mark.parametrize("path", ADDRESSES)
def test_a_page_is_light_accessible_and_fits_a_phone(open_page, path):
    page = open_page(path)
    ready(page)
    sizes = {
        urlsplit(url).path: len(gzip.compress(response.body()))
        for url, response in list(page.log.sizes.items())  # a read body lets more arrive
        if "search" not in url and response.ok
    }
    assert "/assets/javascripts/" in "".join(sizes)
    assert sum(sizes.values()) <= FIRST_VIEW, sizes
    # Answers are checked unfolded. The sources in the reference stay folded: what is hidden is not checked, and
    # without it the check of a long page takes half the time.
    page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true })")
    page.evaluate(
        "document.querySelectorAll('details.mkdocstrings-source > pre, "
        "details.mkdocstrings-source > .highlight').forEach((e) => e.remove())"
    )
    found = []
    wide = RULES if "/" not in path.rstrip("/") else NO_CONTRAST
    narrow = {**RULES, "runOnly": NARROW}
    for viewport, (scheme, name), rules in ((DESKTOP, LIGHT, wide), (PHONE, DARK, narrow)):
        page.set_viewport_size(viewport)
        page.emulate_media(color_scheme=scheme)
        expect(page.locator("body")).to_have_attribute("data-md-color-scheme", name)
        ready(page)
        found += [
            f"{scheme}, {viewport['width']} px: {v}" for v in violations(page, rules, NO_CODE)
        ]
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= viewport["width"], f"{path} is {width} px wide at {viewport['width']} px"
    assert page.evaluate(SMALLEST) >= 9.99, "text in a figure is below 10 px on a phone"
    assert not found, f"{path}\n" + "\n".join(found)


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("path", WHOLE)
def test_programs_and_frames_have_contrast(open_page, path, viewport, scheme):
    """Everything on some pages: the programs, the frame around the text, which is the same on all pages."""
    page = open_page(path, viewport=viewport, scheme=scheme[0])
    ready(page)
    page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true })")
    expect(page.locator("body")).to_have_attribute("data-md-color-scheme", scheme[1])
    assert list(violations(page, RULES)) == []


def test_figures_follow_the_scheme(open_page):
    page = open_page("tensors/")
    colour = "getComputedStyle(document.querySelector('figure svg text')).fill"
    light = page.evaluate(colour)
    page.emulate_media(color_scheme="dark")
    expect(page.locator("body")).to_have_attribute("data-md-color-scheme", "slate")
    assert page.evaluate(colour) != light


CODE = [
    *("fg", "hl-comment", "hl-keyword", "hl-string", "hl-number", "hl-function", "hl-constant"),
    *("hl-special", "hl-operator", "hl-punctuation", "hl-variable", "hl-generic"),
]


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
def test_colours_of_code_and_figures_have_contrast(open_page, scheme):
    page = open_page("tensors/", scheme=scheme[0])
    expect(page.locator("body")).to_have_attribute("data-md-color-scheme", scheme[1])

    def ratio(name, ground):
        value = "getComputedStyle(document.body).getPropertyValue('{}')"
        low, high = sorted(luminance(page.evaluate(value.format(n))) for n in (name, ground))
        return (high + 0.05) / (low + 0.05)

    for name in (*(f"--md-code-{name}-color" for name in CODE), "--output", "--failure"):
        assert ratio(name, "--md-code-bg-color") >= 4.5, name
    for n in range(1, 7):
        assert ratio(f"--figure-{n}", "--md-default-bg-color") >= 4.5, n  # they colour text, too
    for name in ("good", "mixed", "bad", "told"):
        assert ratio(f"--{name}", f"--{name}-ground") >= 4.5, name


def luminance(colour):
    digits = colour.strip().removeprefix("#")
    digits = "".join(d * 2 for d in digits) if len(digits) == 3 else digits
    channels = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_formulas_are_set_in_the_served_font(open_page):
    path = next(p for p in ADDRESSES if "<math" in open_page(p).content())
    page = open_page(path)
    ready(page)
    loaded = page.evaluate(
        "[...document.fonts].filter(f => f.status === 'loaded').map(f => f.family)"
    )
    assert any("STIX Two Math" in family for family in loaded)


# --- what a reader does ---


def test_navigation_is_instant_and_the_page_stays_cared_for(open_page):
    page = open_page("tensors/")
    ready(page)
    page.evaluate("window.sameDocument = true")
    page.locator(".md-tabs__link", has_text="Class logs").click()
    expect(page).to_have_title(re.compile("^The class logs"))
    expect(page.locator("article li.log").first).to_be_visible()
    assert page.evaluate("window.sameDocument")
    page.go_back()
    expect(page.locator("article .highlight").first).to_be_visible()
    assert page.evaluate("window.sameDocument")
    expect(page.locator("article .md-code__nav").first).to_have_attribute("role", "none")


@pytest.mark.parametrize(
    "query", ["is_contiguous", "contiguous", "retain_grad", "Tensor.is_contiguous"]
)
def test_search_finds_a_name(open_page, query):
    page = open_page("", search=True)
    ready(page)
    page.locator(".md-search__input").click()
    expect(page.locator(".md-search-result__meta")).to_have_text("Type to start searching")
    page.locator(".md-search__input").press_sequentially(query)
    first = page.locator(".md-search-result__link").first
    expect(first).to_be_visible()
    expect(page.locator(".md-search-result__list")).to_contain_text(query.rpartition(".")[2])
    first.click()
    expect(page.locator("article.md-content__inner")).to_contain_text(query.rpartition(".")[2])


def test_the_palette_has_three_settings(open_page):
    page = open_page("", scheme="dark")
    body = page.locator("body")
    expect(body).to_have_attribute("data-md-color-scheme", "slate")
    button = page.locator(".md-header__option label:visible")
    for scheme in ("default", "slate", "slate"):  # light, dark, the system's
        button.click()
        expect(body).to_have_attribute("data-md-color-scheme", scheme)
    button.click()
    expect(body).to_have_attribute("data-md-color-scheme", "default")
    page.reload()
    expect(body).to_have_attribute("data-md-color-scheme", "default")


def test_copying_a_block_copies_all_of_its_program(open_page):
    page = open_page("tensors/", permissions=["clipboard-read", "clipboard-write"])
    ready(page)
    block = page.locator("article .language-python.highlight").first
    title = block.locator(".filename").inner_text()
    block.hover()
    block.locator(".md-code__button").click()
    expect(page.locator(".md-dialog")).to_contain_text("Copied")
    program = Path(__file__).parent.parent / "snippets" / title
    assert page.evaluate("navigator.clipboard.readText()") == program.read_text().rstrip()
    assert "#>" in program.read_text()


@pytest.mark.parametrize(
    ("path", "file", "holds"),
    [
        ("tensors/", "tensors.ipynb", '"outputs": []'),
        ("labs/memory_budget/", "labs-memory_budget.ipynb", "260.0 MiB"),
    ],
)
def test_the_notebook_downloads(open_page, path, file, holds):
    page = open_page(path)
    with page.expect_download() as download:
        page.get_by_title("Download this page as a notebook").click()
    assert download.value.suggested_filename == file
    content = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    nbformat.validate(nbformat.from_dict(content))
    assert urljoin(SITE_URL, path) in content["cells"][0]["source"]
    assert holds in json.dumps(content)


def test_a_term_shows_its_definition_to_mouse_and_keyboard(open_page):
    page = open_page("tensors/")
    ready(page)
    term = page.locator("abbr.term").first
    definition = term.get_attribute("title")
    term.hover()
    expect(page.locator("[role=tooltip]").first).to_have_text(definition)
    page.mouse.move(0, 0)
    expect(page.locator("[role=tooltip]")).to_have_count(0)
    term.focus()
    expect(page.locator("[role=tooltip]").first).to_have_text(definition)


def test_the_edit_button_leads_to_the_instructions(open_page):
    page = open_page("tensors/")
    page.locator("a[rel=edit]").click()
    expect(page).to_have_url(re.compile(r"how_this_site_is_built/#edit-a-page$"))
    expect(page.locator("#edit-a-page")).to_be_in_viewport()


def test_the_keyboard_reaches_the_text_first(open_page):
    page = open_page("tensors/")
    ready(page)
    page.keyboard.press("Tab")
    expect(page.locator(".md-skip")).to_be_focused()
    page.keyboard.press("Tab")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


# What has the focus: its name for a screen reader, whether the focus can be seen, and whether the element can.
FOCUSED = """() => {
  const e = document.activeElement
  if (e === document.body) return null
  const box = e.getBoundingClientRect()
  const { outlineStyle, outlineWidth } = getComputedStyle(e)
  return {
    what: e.outerHTML.slice(0, 80),
    name: e.getAttribute("aria-label") || e.textContent.trim() || e.title,
    outline: outlineStyle === "solid" && parseFloat(outlineWidth) >= 2,
    area: box.width * box.height,
    folded: e.tagName === "SUMMARY" && !e.parentElement.open,
  }
}"""


@pytest.mark.parametrize("path", ["tensors/", "labs/memory_budget/"])
def test_every_stop_of_the_keyboard_has_a_name_and_is_seen(open_page, path):
    page = open_page(path)
    ready(page)
    stops = 0
    while stops < 1000:  # far more than a page has
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUSED)
        if stop is None:  # after the last stop comes the browser itself
            break
        stops += 1
        assert stop["name"], stop
        assert stop["outline"], stop
        # The switch of the scheme is a hidden radio button behind its icon; the list of results is empty.
        assert stop["area"] or re.search("md-option|scrollwrap", stop["what"]), stop
        if stop["folded"]:
            page.keyboard.press("Enter")
            assert not page.evaluate(FOCUSED)["folded"]
    assert 40 < stops < 1000


def test_a_folded_answer_opens(open_page):
    page = open_page("tensors/")
    answer = page.locator("details").first
    expect(answer.locator(".highlight").first).not_to_be_visible()
    answer.locator("summary").click()
    expect(answer.locator(".highlight").first).to_be_visible()


def test_print_shows_the_text_and_no_buttons(open_page):
    page = open_page("tensors/")
    page.emulate_media(media="print")
    for selector in (".md-header", ".md-sidebar", "a[rel=edit]", ".notebook", ".md-footer"):
        assert not page.locator(selector).first.is_visible(), selector
    assert page.locator("article h1").is_visible()
