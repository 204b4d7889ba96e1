"""The calculator in the page computes what `reference_impl.memory` does, and can be used as it says."""

import functools
import json
import random
import re
from urllib.parse import unquote

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import expect

from reference_impl.gpt import GPTConfig
from reference_impl.memory import Parallel, estimate_memory, gpt_activations
from site_tools import memory_calculator
from tests.browsing import DARK, DESKTOP, LIGHT, PHONE, RULES, ready, violations
from tests.built_site import DOCS, ROOT, html_of

PAGE = "memory/calculator/"
PARTS = [*estimate_memory(GPTConfig.gpt2(), 1, 1).__dict__, "after_forward", "in_step", "floor"]
SIZES = ("layers", "dim", "heads", "vocab", "context")
NONE = "\N{EN DASH}"  # what stands in a cell without a number


# --- what the page has without a script ---


@functools.cache
def article(site):
    text = html_of(site, "memory/calculator.md").read_text(encoding="utf-8")
    return BeautifulSoup(text, "html.parser").article


def table_of(site):
    rows = article(site).select("memory-calculator tr")
    return [[cell.get_text() for cell in row.find_all(["th", "td"])] for row in rows]


def test_the_table_is_what_python_computes(built_site):
    header, *rows = table_of(built_site)
    assert header == ["GiB", "weights", "gradients", "optimizer", "activations", "floor"]
    assert len(rows) == len(memory_calculator.models()) == 6
    for (title, *cells), (name, config) in zip(
        rows, memory_calculator.models().values(), strict=True
    ):
        assert title == name
        parts = estimate_memory(config, 1, config.context)
        sizes = (
            *(parts.parameters, parts.gradients, parts.optimizer),
            *(parts.activations, parts.floor),
        )
        assert cells == [f"{size / 2**30:,.2f}" for size in sizes]


def test_the_table_is_what_the_program_beside_it_prints(built_site):
    program = (ROOT / "snippets" / "memory" / "calculator_table.py").read_text()
    printed = [
        re.split(r"\s{2,}", line) for line in re.findall(r"^#> (.*)$", program, re.MULTILINE)
    ]
    assert [[cell.strip() for cell in row] for row in printed] == table_of(built_site)


def test_what_the_script_is_given_comes_from_the_package(built_site):
    element = article(built_site).find("memory-calculator")
    given = json.loads(element["data-tables"])
    assert given == json.loads(json.dumps(memory_calculator.tables()))
    for name, (title, config) in memory_calculator.models().items():
        sizes = {key: given["models"][name][key] for key in SIZES}
        assert given["models"][name]["title"] == title
        # five sizes say all about these models
        assert estimate_memory(GPTConfig(**sizes), 2, 100) == estimate_memory(config, 2, 100)


def test_the_module_is_loaded_by_this_page_alone(built_site):
    users = [
        html
        for html in built_site.rglob("*.html")
        if "memory_calculator.js" in html.read_text(encoding="utf-8")
    ]
    assert users == [html_of(built_site, "memory/calculator.md")]


def test_the_notebook_has_the_table_and_links_with_settings(built_site):
    notebook = unquote(article(built_site).find("a", class_="notebook")["href"])
    assert "| GPT-2 XL | 5.80 | 5.80 | 11.61 | 5.00 | 23.81 |" in notebook
    assert "/memory/calculator/?model=gpt2-xl&foreach=1&device=24)" in notebook
    assert "{memory_calculator}" not in notebook


# --- the same numbers ---


def settings(rng):
    """One setting; most are possible, some are not."""
    heads, pipeline = rng.choice([1, 1, 2, 4, 6, 8]), rng.choice([1, 1, 1, 2, 3, 4])
    config = {
        "vocab": rng.choice([16, 48, 96, 97]),
        "context": rng.choice([1, 8, 12, 32]),
        "dim": heads * rng.choice([1, 3, 4, 8]) + (rng.random() < 0.05),
        "layers": pipeline * rng.randint(1, 3) + (rng.random() < 0.05),
        "heads": heads,
        "head_dim": rng.choice([None] * 6 + [1, 5]),
        "hidden": rng.choice([None] * 6 + [7, 24]),
        "band": rng.choice([None, None, None, 1, 3, 8]),
        "norm": rng.choice(["pre", "pre", "pre", "post"]),
        "final_norm": rng.random() < 0.8,
        "dropout": rng.choice([0.0, 0.0, 0.1]),
    }
    parallel = {
        "data": rng.choice([1, 1, 2, 3, 4]),
        "zero": rng.choice([0, 0, 1, 2, 3]),
        "tensor": rng.choice([1, 1, 1, 2, 4]),
        "pipeline": pipeline,
        "micro_batches": rng.choice([1, 1, 2, 4]),
        "stage": rng.randrange(pipeline),
    }
    pieces = parallel["data"] * parallel["micro_batches"]
    given = {
        "config": config,
        "parallel": parallel,
        "batch": pieces * rng.choice([1, 1, 2, 5]) + (rng.random() < 0.05),
        "length": rng.randint(1, config["context"]),
        "precision": rng.choice(["float32", "autocast", "bfloat16", "master"]),
        "optimizer": rng.choice(["sgd", "momentum", "adamw", "adamw"]),
        "recompute": rng.random() < 0.3,
        "foreach": rng.random() < 0.3,
    }
    if rng.random() < 0.1:  # a mistake in one field
        place, name, value = rng.choice(
            [
                *((config, size, rng.choice([0, -2])) for size in (*SIZES, "hidden", "band")),
                *((parallel, size, 0) for size in ("data", "tensor", "pipeline", "micro_batches")),
                (parallel, "zero", rng.choice([-1, 4])),
                (parallel, "stage", rng.choice([-1, pipeline])),
                (given, "batch", rng.choice([0, -3])),
                (given, "length", rng.choice([0, -1, config["context"] + 1])),
                (given, "precision", "float16"),
                (given, "optimizer", "lion"),
            ]
        )
        place[name] = value
    return given


def in_python(given):
    """Every part as text, or the message of the error."""
    flags = {key: given[key] for key in ("recompute", "foreach")}
    names = [given[key] for key in ("batch", "length", "precision", "optimizer")]
    try:
        config, parallel = GPTConfig(**given["config"]), Parallel(**given["parallel"])
        parts = estimate_memory(config, *names, parallel, **flags)
    except ValueError as error:
        return str(error)
    return {**{name: str(getattr(parts, name)) for name in PARTS}, "ranks": str(parallel.ranks)}


CALL = """async ([given, names]) => {
  const { estimateMemory, ValueError } = await import(new URL("../../javascripts/memory_estimate.js", location))
  const tables = JSON.parse(document.querySelector("memory-calculator").dataset.tables)
  return given.map((one) => {
    try {
      const parts = estimateMemory(tables, one)
      return Object.fromEntries(names.map((name) => [name, String(parts[name])]))
    } catch (error) {
      if (error instanceof ValueError) return error.message
      throw error
    }
  })
}"""


@pytest.mark.browser
@pytest.mark.parametrize("seed", range(4))
def test_every_part_and_every_error_is_pythons(open_page, seed):
    rng = random.Random(seed)
    grid = [settings(rng) for _ in range(150)]
    expected = [in_python(given) for given in grid]
    found = open_page(PAGE).evaluate(CALL, [grid, [*PARTS, "ranks"]])
    for given, here, there in zip(grid, expected, found, strict=True):
        assert there == here, given
    errors = {
        re.sub(r"\W\d+|\{.*|'.*", "", result) for result in expected if isinstance(result, str)
    }
    assert len(errors) > 8, errors
    assert sum(isinstance(result, dict) for result in expected) > len(grid) / 2


@pytest.mark.browser
def test_large_models_and_numbers_beyond_a_float(open_page):
    sizes = {name: getattr(GPTConfig.gpt3("175B"), name) for name in SIZES}
    base = {"config": sizes, "parallel": {}, "precision": "float32", "optimizer": "adamw"}
    base |= {"batch": 1, "length": 2048, "recompute": False, "foreach": True}
    eight = {"data": 8, "zero": 3, "pipeline": 8, "micro_batches": 4, "stage": 7}
    grid = [
        base,
        {**base, "batch": 2**20 + 1},
        {**base, "batch": 320, "parallel": eight, "precision": "master"},
    ]
    expected = [in_python(given) for given in grid]
    assert int(expected[1]["activations"]) > 2**53
    assert open_page(PAGE).evaluate(CALL, [grid, [*PARTS, "ranks"]]) == expected


TERMS = """async (given) => {
  const { gptActivations, gptConfig } = await import(new URL("../../javascripts/memory_estimate.js", location))
  const tables = JSON.parse(document.querySelector("memory-calculator").dataset.tables)
  return given.map(({ config, batch, length, precision, ...options }) => {
    const numbers = { recompute: options.recompute, logits: options.logits, tensor: BigInt(options.tensor) }
    const terms = gptActivations(tables, gptConfig(config), BigInt(batch), BigInt(length), precision, numbers)
    return terms.map(({ part, kept, nbytes }) => [part, kept, Number(nbytes)])
  })
}"""


@pytest.mark.browser
def test_every_term_of_the_activations_is_pythons(open_page):
    rng, grid, expected = random.Random(0), [], []
    while len(grid) < 100:
        given = settings(rng)
        given["precision"] = rng.choice(["float32", "autocast", "bfloat16"])
        options = {"recompute": given["recompute"], "logits": rng.choice([None, True, False])}
        options["tensor"] = rng.choice([1, 1, 2])
        one = {key: given[key] for key in ("config", "batch", "length", "precision")} | options
        try:
            config = GPTConfig(**given["config"])
            terms = gpt_activations(
                config, given["batch"], given["length"], given["precision"], **options
            )
        except ValueError:
            continue
        grid.append(one)
        expected.append([[term.part, term.kept, term.nbytes] for term in terms])
    assert open_page(PAGE).evaluate(TERMS, grid) == expected


@pytest.mark.browser
def test_sizes_are_rounded_as_in_python(open_page):
    sizes = [0, 1, 2**27, 3 * 2**27, 5 * 2**27, 2**30, 2**30 * 1000 - 1, 2**53 + 1, 3**30]
    rng = random.Random(0)
    sizes += [rng.randrange(2**44) for _ in range(200)]
    found = open_page(PAGE).evaluate(
        """async (sizes) => {
          const { gib } = await import(new URL("../../javascripts/memory_calculator.js", location))
          return sizes.map((size) => gib(BigInt(size)))
        }""",
        list(map(str, sizes)),
    )
    assert found == [f"{size / 2**30:,.2f}" for size in sizes]


# --- the form ---


def shown(page):
    """The table of parts, in bytes, or a dash for each."""
    cells = page.locator(".calculator__parts tbody tr").evaluate_all(
        "rows => rows.map(row => row.cells[1].textContent)"
    )
    return [int(cell.replace(",", "")) if cell != NONE else cell for cell in cells]


def parts_of(config, *arguments, **options):
    parts = estimate_memory(config, *arguments, **options)
    return [getattr(parts, name) for name in PARTS]


def field(page, name):
    return page.locator(f"#calculator-{name}")


@pytest.mark.browser
def test_the_keyboard_alone_changes_the_numbers(open_page):
    page = open_page(PAGE)
    ready(page)
    config = GPTConfig.gpt2(dropout=0.0)
    assert shown(page) == parts_of(config, 1, 1024)
    field(page, "model").focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowDown", "Tab"):  # XL; then through its sizes
        page.keyboard.press(key)
    assert shown(page) == parts_of(GPTConfig.gpt2("xl", dropout=0.0), 1, 1024)
    expect(field(page, "layers")).to_be_focused()
    expect(field(page, "layers")).to_have_value("48")
    page.keyboard.type("2")  # what was there is selected
    expect(field(page, "model")).to_have_value("own")
    config = GPTConfig(layers=2, dim=1600, heads=25, vocab=50_257, context=1024)
    assert shown(page) == parts_of(config, 1, 1024)
    for _ in range(6):
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(field(page, "dropout")).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.type("3")
    expect(field(page, "batch")).to_have_value("3")
    assert shown(page) == parts_of(config.change(dropout=0.1), 3, 1024)


@pytest.mark.browser
def test_every_field_has_a_label_and_takes_part(open_page):
    """Each field alone changes the program, the address and the numbers."""
    page = open_page(PAGE + "?model=own&layers=4&dim=48&heads=4&vocab=96&context=64&batch=24")
    ready(page)
    changes = {
        "layers": "8",
        "dim": "96",
        "heads": "8",
        "vocab": "192",
        "context": "128",
        "band": "16",
        "batch": "48",
        "length": "32",
        "precision": "master",
        "optimizer": "sgd",
        "data": "2",
        "zero": "2",
        "tensor": "2",
        "pipeline": "2",
        "micro_batches": "3",
        "dropout": True,
        "recompute": True,
        "foreach": True,
    }  # fmt: skip - a list reads as a list
    names = page.locator(".calculator :is(input, select)").evaluate_all(
        "all => all.map(e => e.name)"
    )
    assert {*names} == {*changes, "model", "stage", "device"}
    before = shown(page), page.locator(".calculator pre").inner_text()
    for name, value in changes.items():
        control = field(page, name)
        assert page.locator(f"label[for=calculator-{name}]").inner_text()
        old = control.evaluate("e => e.value")
        if value is True:
            control.check()
        elif control.evaluate("e => e.tagName") == "SELECT":
            control.select_option(value)
        else:
            control.fill(value)
        program = page.locator(".calculator pre").inner_text()
        assert program != before[1], name
        assert f"{name}=" in page.url, name
        assert shown(page) == run(program), name
        assert shown(page) != before[0], name
        control.uncheck() if value is True else (
            control.select_option(old)
            if name in ("precision", "optimizer", "zero")
            else control.fill(old)
        )
        assert (shown(page), page.locator(".calculator pre").inner_text()) == before, name


def run(program):
    """Every part that the program shown computes; it prints the floor."""
    printed = []
    names = {"print": printed.append}
    exec(program, names)
    assert printed == [f"{names['parts'].floor:,}"]
    return [getattr(names["parts"], name) for name in PARTS]


@pytest.mark.browser
@pytest.mark.parametrize(
    ("query", "name", "message"),
    [
        (
            "model=gpt2-small&batch=4&data=3",
            "batch",
            "expected a batch that is a multiple of 3, got 4",
        ),
        ("model=gpt2-small&batch=0", "batch", "expected a batch that is a multiple of 1, got 0"),
        ("model=gpt2-small&length=1025", "length", "expected a length of at most 1024, got 1025"),
        (
            "model=gpt2-small&pipeline=5",
            "layers",
            "expected layers to be a multiple of 5 stages, got 12",
        ),
        (
            "model=gpt2-small&pipeline=2&stage=2",
            "stage",
            "expected a pipeline stage from 0 to 1, got 2",
        ),
        (
            "model=gpt3-6.7b&tensor=8",
            "vocab",
            "expected dimension 0 of tokens.weight to be a multiple of the 8 ranks, got 50257",
        ),
        (
            "model=own&dim=100&heads=3",
            "heads",
            "expected heads to divide dim 100, got 3 heads; or give head_dim",
        ),
        ("model=gpt2-small&data=0", "data", "expected 1 or more, got 0"),
        ("model=gpt2-small&data=", "data", "expected a whole number, got nothing"),
        ("model=gpt2-small&tensor=1.5", "tensor", "expected a whole number, got 1.5"),
        ("model=own&layers=1001", "layers", "expected at most 1,000 on this page, got 1001"),
    ],
)  # fmt: skip - one case, one line
def test_a_mistake_is_said_at_its_field(open_page, query, name, message):
    page = open_page(f"{PAGE}?{query}")
    ready(page)
    error = page.locator(f"#calculator-{name}-error")
    expect(error).to_have_text(message)
    expect(error).to_be_visible()
    expect(field(page, name)).to_have_attribute("aria-invalid", "true")
    expect(field(page, name)).to_have_attribute("aria-describedby", f"calculator-{name}-error")
    expect(page.locator(".calculator__summary")).to_contain_text(message)
    assert set(shown(page)) == {NONE}
    assert not page.locator(".calculator pre").is_visible()
    assert page.locator("[aria-invalid]").count() == 1
    if name == "vocab":  # the longest sentence; axe takes seconds
        assert list(violations(page, RULES, context={"include": [["memory-calculator"]]})) == []


@pytest.mark.browser
def test_an_address_that_means_nothing_gives_the_defaults(open_page):
    page = open_page(PAGE + "?model=gpt9&precision=float12&zero=7&nonsense=1")
    ready(page)
    assert shown(page) == parts_of(GPTConfig.gpt2(dropout=0.0), 1, 1024)


@pytest.mark.browser
def test_the_links_of_the_page_set_the_form_and_back_sets_it_back(open_page):
    page = open_page(PAGE)
    ready(page)
    page.evaluate("window.sameDocument = true")
    first = shown(page)
    links = page.locator("article a[href*='?model=']:not(.notebook)")
    addresses = links.evaluate_all("all => all.map(link => link.getAttribute('href'))")
    assert len(addresses) >= 12
    for address in addresses:
        link = page.locator(f"article a[href='{address}']").first
        link.click()
        expect(page).to_have_url(re.compile(re.escape(address.removeprefix("./")) + "$"))
        model = re.search(r"model=([^&]*)", address)[1]
        expect(field(page, "model")).to_have_value(model)
        expect(field(page, "model")).to_be_focused()
        program = page.locator(".calculator pre")
        if program.is_visible():
            assert shown(page) == run(program.inner_text())
    last = shown(page)
    page.go_back()
    expect(page).to_have_url(re.compile(re.escape(addresses[-2].removeprefix("./")) + "$"))
    assert shown(page) != last
    page.go_forward()
    expect(page).to_have_url(re.compile(re.escape(addresses[-1].removeprefix("./")) + "$"))
    assert shown(page) == last
    assert shown(page) != first
    assert page.evaluate("window.sameDocument")


@pytest.mark.browser
def test_it_starts_after_instant_navigation_and_once(open_page):
    page = open_page("memory/")
    ready(page)
    page.evaluate("window.sameDocument = true")
    for _ in range(2):
        page.locator(".md-nav--primary a[href$='calculator/']").first.click()
        expect(page.locator("memory-calculator .calculator")).to_have_count(1)
        assert shown(page) == parts_of(GPTConfig.gpt2(dropout=0.0), 1, 1024)
        field(page, "batch").fill("2")
        assert shown(page) == parts_of(GPTConfig.gpt2(dropout=0.0), 2, 1024)
        page.locator(".md-nav--primary a[href$='activations/']").first.click()
        expect(page).to_have_title(re.compile("^Activations"))
    page.go_back()
    expect(page.locator("memory-calculator .calculator")).to_have_count(1)
    expect(field(page, "batch")).to_have_value("2")
    assert page.evaluate("window.sameDocument")


@pytest.mark.browser
def test_the_program_is_copied(open_page):
    page = open_page(PAGE, permissions=["clipboard-read", "clipboard-write"])
    ready(page)
    button = page.locator(".calculator__copy")
    button.press("Enter")
    expect(button).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.locator(".calculator pre").inner_text()
    assert run(copied) == shown(page)


@pytest.mark.browser
def test_the_answer_is_announced_and_compared_with_the_device(open_page):
    page = open_page(PAGE + "?model=gpt2-xl&foreach=1&device=24")
    ready(page)
    summary = page.get_by_role("status")
    expect(summary).to_have_text(
        "One rank needs at least 29.01 GiB, in the optimizer's step. That is 5.01 GiB more than the device has."
    )
    field(page, "foreach").uncheck()
    expect(summary).to_contain_text("23.81 GiB")
    expect(summary).to_contain_text("Of 24 GiB that leaves 0.19 for what is not in the floor.")
    bars = page.locator(".calculator__bar svg")
    labels = bars.evaluate_all("all => all.map(bar => bar.getAttribute('aria-label'))")
    assert labels[0].startswith("After forward: parameters 5.80 GiB, optimizer state 11.61 GiB, ")
    widths = bars.nth(1).evaluate(
        "bar => [...bar.querySelectorAll('rect')].map(r => +r.getAttribute('width'))"
    )
    assert sum(widths) == pytest.approx(100 * 23.81 / 24, abs=0.05)


@pytest.mark.browser
@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_calculator_is_accessible_and_fits(open_page, viewport, scheme):
    query = "?model=gpt3-175b&batch=64&data=64&zero=3&precision=master&device=80"
    page = open_page(PAGE + query, viewport=viewport, scheme=scheme[0])
    ready(page)
    assert list(violations(page, RULES, context={"include": [["memory-calculator"]]})) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    for selector in (".calculator__parts", ".calculator__form"):
        box = page.locator(selector).evaluate("e => [e.scrollWidth, e.clientWidth]")
        assert box[0] <= box[1], selector


@pytest.mark.browser
def test_without_a_script_and_on_paper_there_is_the_table(open_page):
    page = open_page(PAGE, java_script_enabled=False)
    rows = page.locator("memory-calculator tr")
    assert rows.count() == 7
    assert rows.last.is_visible()
    assert page.locator(".calculator").count() == 0
    page = open_page(PAGE)
    ready(page)
    page.emulate_media(media="print")
    assert page.locator("memory-calculator tr").last.is_visible()
    assert page.locator(".calculator__parts").is_visible()
    assert not page.locator(".calculator__form").is_visible()


def test_the_macro_needs_no_page():
    import markdown

    html = markdown.markdown("{memory_calculator}", extensions=["site_tools.memory_calculator"])
    assert html.count("<tr") == 7
    assert markdown.markdown("a {memory_calculator}") == "<p>a {memory_calculator}</p>"
    assert (DOCS / memory_calculator.MODULE).is_file()
