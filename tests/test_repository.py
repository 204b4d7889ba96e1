"""The repository is what its README says, and keeps its own rules."""

import ast
import functools
import operator
import re
import subprocess
import sys

import pytest
import yaml

from site_tools import labs
from site_tools.class_logs import CHAPTERS
from tests.code_blocks.fences import ROOT, relative

SLUGS = [slug for slug in CHAPTERS if slug != "labs"]
# What may import what: the training program stands after the chapters it is made of.
ORDER = [*SLUGS[: SLUGS.index("saving") + 1], "train", *SLUGS[SLUGS.index("saving") + 1 :]]
TITLES = {"bert": "BERT", "t5": "T5", "gpt": "GPT"}
PACKAGE = sorted(ROOT.glob("reference_impl/**/*.py"))


def test_the_chapter_table_of_the_readme_is_the_tree():
    rows = re.findall(r"^\| [\w ]+ \| (\[.+?) \|$", (ROOT / "README.md").read_text(), re.MULTILINE)
    expected = []
    for slug in SLUGS:
        title = TITLES.get(slug, slug.replace("_", " ").capitalize())
        expected.append(f"[{title}](docs/{slug}/index.md)")
    listed = re.findall(r"\((\w+)\.md\)", (ROOT / "docs" / "labs" / "index.md").read_text())
    assert sorted(listed) == labs.names()
    for name in listed:
        title = labs.title(labs.notebook_of(name))
        expected.append(f"[{title}](docs/labs/{name}.md)")
    assert rows == expected


def test_every_path_that_the_readme_and_contributing_link_to_exists():
    for name in ("README.md", "CONTRIBUTING.md"):
        for target in re.findall(r"\]\((?!https?:)([^)#\s]+)", (ROOT / name).read_text()):
            if "NAME" not in target:
                assert (ROOT / target).exists(), f"{name} links to {target}"


@pytest.mark.parametrize("slug", SLUGS)
def test_a_chapter_stands_in_all_five_trees(slug):
    assert (ROOT / "docs" / slug / "index.md").exists()
    assert list((ROOT / "snippets" / slug).glob("*.py"))
    assert (ROOT / "reference_impl" / f"{slug}.py").exists() or (
        ROOT / "reference_impl" / slug / "__init__.py"
    ).exists()
    assert list(ROOT.glob(f"tests/test_{slug}*.py"))
    assert (ROOT / "docs" / "reference" / f"{slug}.md").exists()


@pytest.mark.parametrize("slug", SLUGS)
def test_a_chapter_and_its_api_lead_to_each_other(slug):
    api = (ROOT / "docs" / "reference" / f"{slug}.md").read_text(encoding="utf-8")
    assert f"](../{slug}/index.md" in api, f"docs/reference/{slug}.md has no link to its chapter"
    pages = [page.read_text(encoding="utf-8") for page in (ROOT / "docs" / slug).glob("*.md")]
    assert any(
        f"[reference_impl.{slug}." in page or f"/reference/{slug}.md" in page for page in pages
    )


def test_the_top_level_holds_what_the_layout_names():
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout
    top = {line.split("/")[0] for line in listed.splitlines()}
    known = {
        "docs", "snippets", "reference_impl", "tests", "benchmarks", "site_tools", ".ci", ".gitignore",
        "mkdocs.yml", "pyproject.toml", "constraints.txt", "Makefile",
        "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE",
    }  # fmt: skip  # a list reads as a list
    assert top <= known


@pytest.mark.parametrize("module", PACKAGE, ids=relative)
def test_imports_of_the_package_go_one_way(module):
    """A chapter may use the chapters before it, never one that comes after."""
    parts = module.relative_to(ROOT / "reference_impl").with_suffix("").parts
    own = parts[0]
    for node in ast.walk(ast.parse(module.read_text())):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            if name.startswith("reference_impl."):
                other = name.split(".")[1]
                assert own == other or ORDER.index(other) < ORDER.index(own), (
                    f"{own} imports {other}"
                )
            assert name.split(".")[0] not in {"tests", "site_tools"}, f"the package imports {name}"


def test_the_package_answers_bad_input_with_an_error_that_has_words():
    wrong = []
    for module in PACKAGE:
        for node in ast.walk(ast.parse(module.read_text())):
            place = f"{relative(module)}:{getattr(node, 'lineno', 0)}"
            if isinstance(node, ast.Assert):
                wrong.append(f"{place}: raise ValueError, say what came")
            raised = node.exc if isinstance(node, ast.Raise) else None
            if isinstance(raised, ast.Call) and not (raised.args or raised.keywords):
                wrong.append(f"{place}: an error without a message")
    assert wrong == []


def lines_of_code(path):
    """The lines that do something: without docstrings, comments and empty lines."""
    tree = ast.parse(path.read_text())
    documented = ast.Module | ast.ClassDef | ast.FunctionDef
    docs = [n.body[0] for n in ast.walk(tree) if isinstance(n, documented) and ast.get_docstring(n)]
    prose = {line for doc in docs for line in range(doc.lineno, doc.end_lineno + 1)}
    lines = enumerate(path.read_text().splitlines(), start=1)
    return sum(bool(re.match(r"\s*[^#\s]", line)) and number not in prose for number, line in lines)


def test_no_module_of_the_package_outgrows_its_file():
    assert {relative(path): n for path in PACKAGE if (n := lines_of_code(path)) > 400} == {}


def test_importing_the_package_changes_no_global_setting():
    """No default device, dtype, seed or thread count is chosen for whoever imports it."""
    modules = [
        ".".join(p.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for p in PACKAGE
    ]
    program = f"""
import importlib, torch
state = lambda: (torch.get_default_dtype(), torch.get_default_device(), torch.get_num_threads(), torch.is_grad_enabled(), torch.initial_seed())
before = state()
for name in {modules!r}:
    importlib.import_module(name)
assert state() == before, (before, state())
"""
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)


SUPPRESSION = re.compile(
    r"#\s*(?:noqa|type: ignore|pragma|fmt: (?:skip|off))\b(?P<codes>[:\[] ?[A-Z\da-z, -]+?\]?)?(?P<rest>(?:  #| - ).*)?$"
)
SOURCES = [
    *PACKAGE,
    *ROOT.glob("site_tools/**/*.py"),
    *ROOT.glob("tests/**/*.py"),
    *ROOT.glob("snippets/**/*.py"),
]


def test_a_suppression_says_why():
    """`# noqa: RULE - why` or `# noqa: RULE  # why`."""
    bare = []
    for path in SOURCES:
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            if '"' not in line.partition("#")[2] and re.search(
                r"#\s*(noqa|type: ignore|pragma|fmt: skip)", line
            ):
                match = SUPPRESSION.search(line)
                reason = match["rest"] if match else None
                if len((reason or "").split()) < 2:
                    bare.append(f"{relative(path)}:{number}")
    assert bare == [], "a suppression without a reason"


def test_the_constraints_pin_what_the_project_names():
    pinned = {
        re.split("==", line)[0].lower().replace("_", "-")
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        if "==" in line
    }
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needs = [
        *project["dependencies"],
        *functools.reduce(operator.iadd, project["optional-dependencies"].values(), []),
    ]
    names = {re.match(r"[\w-]+", need)[0].lower() for need in needs} - {"class-logs"}
    assert names <= pinned
    assert "torch==2.13.0" in (ROOT / "constraints.txt").read_text().splitlines()


def test_the_ci_installs_what_it_needs_and_calls_make_test():
    text = (ROOT / ".ci" / "run").read_text()
    assert "make test" in text
    assert "chromium" in text


def test_the_order_of_the_chapters_is_the_navigation():
    text = (ROOT / "mkdocs.yml").read_text()
    loader = type("Loader", (yaml.SafeLoader,), {})
    loader.add_multi_constructor("", lambda loader, suffix, node: None)
    nav = yaml.load(text, Loader=loader)["nav"]
    parts = [next(iter(part)) for part in nav]
    order = ["Foundations", "Building blocks", "Models", "Scale", "Labs", "Class logs", "Reference"]
    assert [part for part in parts if part in order] == order
    assert sorted(re.findall(r"'labs/(\w+)\.md'", str(nav))) == sorted(["index", *labs.names()])
    pages = [slug for slug in re.findall(r"'(\w+)/index\.md'", str(nav)) if slug != "labs"]
    assert pages == SLUGS
