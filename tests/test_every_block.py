"""Over every block of the site at once: nothing unchecked, nothing that could be wrong unnoticed.

`test_code_blocks.py` shows that the engine catches what is planted; here the real pages are held against it.
"""

import ast
import contextlib
import functools
import importlib
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from site_tools import labs
from tests.built_site import html_of
from tests.code_blocks import corrupt
from tests.code_blocks.check import check
from tests.code_blocks.compare import differences
from tests.code_blocks.console import commands_of
from tests.code_blocks.corrupt import corruptions, survivors
from tests.code_blocks.execute import run
from tests.code_blocks.fences import (
    ROOT,
    RUN_LANGUAGES,
    SHOWN_LANGUAGES,
    fences_of,
    pages,
    relative,
)
from tests.code_blocks.includes import block_of
from tests.code_blocks.plugin import missing
from tests.code_blocks.program import parse

SNIPPETS = ROOT / "snippets"
# Anything that a reader, or any Markdown dialect, could take for the edge of a fence.
FENCE_EDGE = re.compile(r"^[\s>]*(?:[-*+]|\d+[.)])?\s*(`{3,}|~{3,})(.*)$")
SOURCES = [
    *ROOT.glob("reference_impl/**/*.py"),
    *ROOT.glob("site_tools/**/*.py"),
    *ROOT.glob("tests/**/*.py"),
]


@functools.cache
def blocks():
    return [
        block_of(fence)
        for page in pages()
        for fence in fences_of(page)
        if fence.language == "python"
    ]


def programs():
    """Every program that this machine can run, once."""
    found = {block.name: (block, parse(block.text)) for block in blocks()}
    return {name: pair for name, pair in found.items() if missing(pair[1]) is None}


# The census -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", pages(), ids=relative)
def test_every_fence_edge_of_the_page_belongs_to_a_known_fence(page):
    """Counted line by line, without a Markdown parser: as many edges as the fences that the engine sees have."""
    lines = page.read_text(encoding="utf-8").splitlines()
    edges = [number for number, line in enumerate(lines, start=1) if FENCE_EDGE.match(line)]
    known = []
    for fence in fences_of(page):
        assert fence.language in (*RUN_LANGUAGES, *SHOWN_LANGUAGES)
        last = fence.line + 1 + len(fence.source.splitlines())
        known += [fence.line, last]
        if fence.language == "text":  # it may show how a fence is written
            edges = [number for number in edges if not fence.line < number < last]
    assert edges == known


def chapter_pages(site):
    """The built pages but those of the API, which show signatures and source that mkdocstrings takes from the package."""
    return [
        html
        for html in sorted(site.rglob("*.html"))
        if "reference" not in html.relative_to(site).parts
    ]


def test_every_rendered_block_is_one_that_was_run(built_site):
    """The independent parse: what the site's own build shows as code is just what the engine ran."""
    expected = Counter(block.text.strip() for block in blocks())
    # The labs' notebooks are run as a whole: tests/test_labs.py.
    expected.update(
        labs.with_output(cell).strip()
        for name in labs.names()
        for cell in labs.load(labs.notebook_of(name))["cells"]
        if cell["cell_type"] == "code"
    )
    rendered = Counter()
    for html in chapter_pages(built_site):
        soup = BeautifulSoup(html.read_text(encoding="utf-8"), "html.parser")
        for pre in soup.find_all("pre"):
            language = next(
                (
                    c
                    for c in pre.find_parent("div", class_="highlight")["class"]
                    if c.startswith("language-")
                ),
                None,
            )
            assert language is not None, f"{html}: a block of no language: {pre.text[:60]!r}"
            name = language.removeprefix("language-")
            assert name in (*RUN_LANGUAGES, *SHOWN_LANGUAGES), f"{html}: {name}"
            if name == "python":
                rendered[pre.get_text().strip()] += 1
        for code in soup.find_all("code"):
            assert code.find_parent("pre") or "8<--" not in code.text, (
                f"{html}: an include that was not resolved"
            )
        for pre in soup.find_all("pre"):
            pre.decompose()
        assert "```" not in soup.get_text(), f"{html}: a fence that the build took for text"
    assert rendered == expected


def test_no_snippet_is_an_orphan():
    shown = {block.file for block in blocks()}
    elsewhere = {"figures", "labs"}  # tests/test_figures.py, tests/test_labs.py
    files = {path for path in SNIPPETS.rglob("*.py") if path.parent.name not in elsewhere}
    assert sorted(map(relative, files - shown)) == []


def test_no_block_is_shown_twice():
    assert [
        name for name, count in Counter(block.name for block in blocks()).items() if count > 1
    ] == []


def test_no_docstring_hides_code_from_the_run():
    """Doctests are run by pytest; a fence, or a doctest told to skip or to be vague, would not be checked."""
    hidden = []
    for source in SOURCES:
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                text = ast.get_docstring(node) or ""
                place = f"{relative(source)}, docstring of {getattr(node, 'name', 'the module')}"
                if any(FENCE_EDGE.match(line) for line in text.splitlines()):
                    hidden.append(f"{place}: a fence; write a doctest")
                if "doctest:" in text:
                    hidden.append(f"{place}: a doctest directive; print what can be compared")
    assert hidden == []


def test_every_public_name_of_the_package_has_a_doctest():
    """What a chapter's package exports (its `__all__`), shown by an example in its docstring or its methods'.

    Data, such as a table of published numbers, has no docstring of its own.
    """
    bare = []
    for package in sorted({path.parent for path in ROOT.glob("reference_impl/*/__init__.py")}):
        module = importlib.import_module(f"reference_impl.{package.name}")
        for name in module.__all__:
            value = getattr(module, name)
            if isinstance(value, tuple | list | dict):
                continue
            docs = [
                value.__doc__,
                *(member.__doc__ for member in vars(value).values() if callable(member)),
            ]
            if not any(">>>" in (text or "") for text in docs):
                bare.append(f"reference_impl.{package.name}.{name}")
    assert bare == []


def test_programs_are_short():
    counts = sorted((len(block.lines), block.name) for block in blocks())
    assert [entry for entry in counts if entry[0] > 40] == []
    assert counts[len(counts) // 2][0] <= 20


# Every declared line is worth something: each block's own test corrupts its lines ------------------------


def test_a_block_that_passes_was_corrupted_line_by_line():
    text = "print(0.5)\n#> 0.5\nprint('ab')\n#> ...b\n[][0]\n#! IndexError: list index\n"
    kinds = {
        kind
        for line in text.splitlines()
        if line.startswith(("#>", "#!"))
        for kind, _ in corruptions(line)
    }
    assert {"deleted", "doubled", "longer", "digit at 0", "letter at 3"} <= kinds
    assert {"another type", "another message"} <= kinds
    program, result = parse(text), run(text, "planted.py")
    assert check(program, result, str) == []
    assert survivors(program, result) == []


def test_a_line_that_would_pass_when_changed_is_named(monkeypatch):
    """With a comparison that sees no digits, every changed digit survives, and the block's own test fails."""
    monkeypatch.setattr(corrupt, "check", lambda program, run, where: [])
    program, result = parse("print(0.5)\n#> 0.5\n"), run("print(0.5)\n#> 0.5\n", "planted.py")
    named = survivors(program, result)
    assert "line 2, digit at 2: '#> 0.5' could be replaced by ['#> 0.0'], unnoticed" in named


# As a reader uses it -----------------------------------------------------------------------------------

PASTE = """
import os, sys, runpy, traceback
import numpy, torch
# What the first optimizer of a process imports takes two seconds: here once, and not in a hundred forks.
torch.optim.SGD([torch.zeros(1, requires_grad=True)])
for folder in sys.argv[1:]:
    pid = os.fork()
    if pid == 0:
        os.chdir(folder)
        for number, name in ((1, "out"), (2, "err")):
            os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT), number)
        sys.path[0] = folder
        sys.argv = ["program.py"]
        try:
            runpy.run_path("program.py", run_name="__main__")
            code = 0
        except SystemExit as error:
            code = int(error.code or 0)
        except BaseException:
            traceback.print_exc()
            code = 1
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    os.waitpid(pid, 0)
"""


def first_programs():
    """The first program of each chapter that runs here without a launcher; a page beside the chapters is one."""
    first = {}
    for block, program in programs().values():
        page = block.fence.page
        if program.run is None and (page.name == "index.md" or page.parent.name == "docs"):
            first.setdefault(page, (block, program))
    return first.values()


@pytest.mark.slow
def test_a_chapters_first_block_pasted_into_an_empty_folder_prints_what_the_page_shows(
    built_site, tmp_path
):
    """From the built page's text, in a process that has seen nothing of this repository but the package.

    All blocks run in an empty folder, in the process of their own tests; the text is the page's, as shown above, and
    what they import is looked at below. So one of each chapter is enough to hold the whole way together.
    """
    folders = {}
    for block, program in first_programs():
        html = html_of(built_site, block.fence.page.relative_to(ROOT / "docs").as_posix())
        soup = BeautifulSoup(html.read_text(encoding="utf-8"), "html.parser")
        shown = [pre.get_text().strip() for pre in soup.select("div.language-python pre")]
        folder = tmp_path / str(len(folders))
        folder.mkdir()
        text = shown[shown.index(block.text.strip())]
        (folder / "program.py").write_text(text + "\n", encoding="utf-8")
        folders[folder] = block, program
    # -P and a foreign directory: nothing of the checkout but the installed package can be imported by chance.
    subprocess.run(
        [sys.executable, "-P", "-c", PASTE, *map(str, folders)], cwd=tmp_path, check=True
    )
    wrong = []
    for folder, (block, program) in folders.items():
        out = (folder / "out").read_text().splitlines()
        err = (folder / "err").read_text()
        printed = [d.text for s in program.statements for d in s.outputs]
        wrong += [f"{block.name}: {w}" for w in differences(printed, out)]
        wrong += [
            f"{block.name}: no {d.text!r} in its stderr"
            for s in program.statements
            for d in s.complaints
            if d.text not in err
        ]
        if err and not any(s.complaints for s in program.statements):
            wrong.append(f"{block.name}: an undeclared {err.splitlines()[-1]!r}")
    assert wrong == []


def imported(tree):
    """The modules that a program's imports name, and what each name stands for that they bind."""
    modules, bound = set(), {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                modules.add(alias.name)
                root = alias.name.partition(".")[0]
                bound[alias.asname or root] = alias.name if alias.asname else root
        elif isinstance(node, ast.ImportFrom):
            modules.add(node.module)
            for alias in node.names:
                bound[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return modules, bound


def modules_reached(text):
    """The modules that a program reaches by attributes, `torch.fx` in `torch.fx.symbolic_trace`, and from which import."""
    tree = ast.parse(text)
    modules, bound = imported(tree)
    named = modules | set(bound.values())
    loaded = named | {name[: dot.start()] for name in named for dot in re.finditer("[.]", name)}
    reached = set()
    for node in ast.walk(tree):
        names = []
        while isinstance(node, ast.Attribute):
            names.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or node.id not in bound:
            continue
        path = start = bound[node.id]
        for name in reversed(names):
            path = f"{path}.{name}"
            # All blocks' modules are loaded where this is asked: see the test.
            if path in sys.modules and path not in loaded:
                reached.add((start, path))
    return reached


REACH = """
import importlib, os, sys
import torch
for line in sys.argv[1:]:
    start, *paths = line.split()
    if os.fork() == 0:  # what one import loads must not be there for the next one
        there = importlib.import_module(start)
        for path in paths:
            if os.fork() == 0:  # nor what an attribute loads when it is asked for
                try:
                    for name in path.removeprefix(start).split(".")[1:]:
                        there = getattr(there, name)
                    os._exit(0)
                except AttributeError:
                    os._exit(1)
            if os.wait()[1]:
                print(path, flush=True)
        os._exit(0)
    os.wait()
"""


def test_a_block_imports_what_it_names(tmp_path):
    """`torch.fx` is there after `import torch`; what is not must be imported by the block, not by one that ran before."""
    reached = {}
    for block, program in programs().values():
        for module in imported(ast.parse(program.text))[0]:
            with contextlib.suppress(ImportError):  # some blocks show an import that fails
                importlib.import_module(module)
        for start, path in modules_reached(program.text):
            reached.setdefault(start, {}).setdefault(path, []).append(block.name)
    assert "torch.nn" in reached["torch"]
    reached["torch"]["torch.not_there"] = ["planted"]
    lines = [" ".join([start, *paths]) for start, paths in reached.items()]
    listed = subprocess.run(
        [sys.executable, "-P", "-c", REACH, *lines],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip  # one argument a line would hide the command
    assert "torch.not_there" in listed
    wrong = {
        path: names for paths in reached.values() for path, names in paths.items() if path in listed
    }
    assert wrong == {"torch.not_there": ["planted"]}


def test_readme_commands_are_proved():
    proofs = [
        commands_of(fence)
        for page in pages()
        for fence in fences_of(page)
        if fence.language == "console"
    ]
    assert all(proof is None or Path(ROOT / proof).is_file() for proof, _ in proofs)
