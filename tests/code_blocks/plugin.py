"""Makes every block of the site a pytest item, through Sybil.

Test ids name the page and the file behind the block, so they survive edits:
`docs/autograd/index.md::autograd/leaf_grad.py`.
"""

from __future__ import annotations

import functools
import importlib.util
import os
import socket
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jaxtyping import install_import_hook
from sybil import Document, Region, Sybil
from sybil.example import Example

from tests.code_blocks import update
from tests.code_blocks.check import UNDECLARED, check
from tests.code_blocks.console import check_console, commands_of
from tests.code_blocks.corrupt import survivors
from tests.code_blocks.execute import isolated, run
from tests.code_blocks.fences import (
    ROOT,
    RUN_LANGUAGES,
    BlockError,
    Fence,
    fences_of,
    pages,
    relative,
)
from tests.code_blocks.includes import Block, block_of
from tests.code_blocks.program import Program, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

_REWRITTEN: list[str] = []
_config: list[pytest.Config] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add our two options."""
    group = parser.getgroup("code blocks")
    group.addoption(
        "--update-outputs",
        action="store_true",
        help="rewrite the #> lines of snippets from what they print",
    )
    group.addoption(
        "--require",
        action="append",
        default=[],
        metavar="WHAT",
        help="fail, not skip, what needs WHAT: gpu, browser or an extra",
    )


def with_shapes() -> list[str]:
    """The modules of the package that annotate shapes. Checking the others too would slow their plain loops to half."""
    files = sorted((ROOT / "reference_impl").rglob("*.py"))
    annotated = [
        file
        for file in files
        if "import jaxtyping" in (text := file.read_text(encoding="utf-8"))
        or "from jaxtyping" in text
    ]
    return [
        ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for file in annotated
    ]


def pytest_configure(config: pytest.Config) -> None:
    """Read our options once, and have the shapes that the package annotates checked at every call."""
    if config.getoption("--update-outputs") and os.environ.get("CI"):
        raise pytest.UsageError(
            "--update-outputs rewrites what is compared: CI compares, it never updates"
        )
    _config[:] = [config]
    install_import_hook(with_shapes(), "beartype.beartype")
    # Programs of several processes meet on this machine's loopback, so they run without a network too.
    loopback = next((name for _, name in socket.if_nameindex() if name.startswith("lo")), "lo")
    os.environ.setdefault("GLOO_SOCKET_IFNAME", loopback)
    # PyTorch's C++ log speaks of this machine (its name service, say), not of the program; warnings meant for
    # the program's author are Python's and are compared. Read when torch is first imported.
    os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "ERROR")
    # Kineto, below PyTorch's profiler, notes the start and end of each profile. 6 is above all its levels.
    os.environ.setdefault("KINETO_LOG_LEVEL", "6")


def pytest_terminal_summary(terminalreporter: Any) -> None:  # pytest keeps its type private
    """Name the files that were rewritten."""
    for name in _REWRITTEN:
        terminalreporter.write_line(f"rewritten: {name}")


def demanded(what: str) -> bool:
    """Whether `--require WHAT` was given."""
    return what in _config[0].getoption("--require")


def located(block: Block) -> Program:
    """The block's program; its errors name page, file and line."""
    try:
        return parse(block.text)
    except BlockError as error:
        _, _, rest = str(error).partition("line ")
        number, _, message = rest.partition(": ")
        where = block.where(int(number))
        raise BlockError(f"{where}: {message}\n  shown at {block.fence.where}") from None


@functools.cache
def _shown() -> dict[str, list[str]]:
    """Where each block is shown: on one page, once."""
    places = defaultdict(list)
    for page in pages():
        for fence in fences_of(page):
            if fence.info.startswith("python"):
                try:
                    places[block_of(fence).name].append(fence.where)
                except BlockError:
                    continue  # its own test says what is wrong
    return dict(places)


def missing(program: Program) -> str | None:
    """Why a program can't run on this machine, if it can't."""
    import torch

    for need in program.requires:
        gpus = 1 if need == "cuda" else int(need.split()[0]) if need.endswith(" gpus") else 0
        if gpus and torch.cuda.device_count() < gpus:
            found = torch.cuda.device_count()
            return f"needs {gpus} CUDA device{'s' * (gpus > 1)}, this machine has {found}"
        if not gpus and importlib.util.find_spec(need) is None:
            return f"needs the optional install {need!r}: pip install 'class-logs[{need}]'"
    return None


def verify(fence: Fence) -> str | None:
    """Run one fence and compare; what is wrong, in words.

    This is the whole life of a block under test: read the fence, resolve its include, read the
    program, run it, compare; and corrupt each declared line in turn, to see the comparison notice.
    """
    try:
        if fence.language == "console":
            return "\n".join(check_console(fence)) or None
        block = block_of(fence)
        places = _shown().get(block.name, [])
        if len(places) > 1:
            return f"{block.name} is shown more than once: {', '.join(places)}"
        program = located(block)
    except BlockError as error:
        return str(error)
    if reason := missing(program):
        kind = "gpu" if "CUDA" in reason else program.requires[0]
        if demanded(kind):
            return f"--require {kind} was given, and this program {reason}"
        pytest.skip(reason)
    result = run(program.text, block.name.split(":")[0])
    messages = check(program, result, block.where)
    if messages and _config and _config[0].getoption("--update-outputs"):
        try:
            if update.write(block, program, result):
                _REWRITTEN.append(relative(block.file))
        except BlockError as error:
            return str(error)
        block = block_of(fence)
        program = located(block)
        result = run(program.text, block.name.split(":")[0])
        messages = check(program, result, block.where)
    if not messages:
        return "\n".join(survivors(program, result)) or None
    shown = "" if str(fence.page).endswith(".py") else f"shown at {fence.where}\n"
    return shown + "\n".join([*messages, *_advice("".join(messages), fence)])


def _advice(messages: str, fence: Fence) -> Iterator[str]:
    """What to do about it, for someone who meant the change."""
    undeclared = messages.count(UNDECLARED)
    if messages.count("got:") > undeclared:
        yield f"if the new output is right: make update PAGE={relative(fence.page)}"
    if undeclared:
        yield "if it is meant to end so: write the `#!` line under that statement; make update never does"


class _Pages(Sybil):
    """Sybil over the Markdown pages, with ids that name files."""

    def identify(self, example: Example) -> str:
        """Name the file that the block shows."""
        return str(example.region.lexemes["name"])


def _evaluate(example: Example) -> str | None:
    return verify(example.parsed)


def _regions(document: Document) -> Iterator[Region]:
    names: dict[str, int] = defaultdict(int)
    for fence in fences_of(Path(document.path), document.text):
        try:
            if fence.language not in RUN_LANGUAGES:
                continue
            if fence.language == "console":
                name = f"console:{commands_of(fence)[1][0].words}"
            else:
                name = block_of(fence).name
        except BlockError:
            name = "unreadable"
        names[name] += 1
        if names[name] > 1:
            name = f"{name}#{names[name]}"
        yield Region(fence.start, fence.end, fence, _evaluate, lexemes={"name": name})


_MARKDOWN = _Pages(parsers=[_regions], patterns=["*.md"], path=str(ROOT))
_collect = _MARKDOWN.pytest()


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> Any:  # Sybil's collector
    """Collect Markdown pages."""
    return _collect(file_path, parent) if file_path in _known_pages() else None


@functools.cache
def _known_pages() -> frozenset[Path]:
    return frozenset(pages())


@pytest.fixture(autouse=True)
def _isolated_docstring(request: pytest.FixtureRequest) -> Iterator[None]:
    """Docstring examples run in the same clean place as pages' programs; their seeds are scrambled too."""
    if not isinstance(request.node, pytest.DoctestItem):
        yield
        return
    with tempfile.TemporaryDirectory() as folder, isolated(folder):
        yield


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip an ordinary test marked `gpu` where there is none, or fail it where one was demanded."""
    import torch

    if item.get_closest_marker("gpu") and isinstance(item, pytest.Function):
        if torch.cuda.is_available():
            return
        if demanded("gpu"):
            pytest.fail("--require gpu was given, and PyTorch sees no CUDA device")
        pytest.skip("needs a CUDA device, this machine has none")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the blocks that need a GPU, so that `-m gpu` picks them."""
    for item in items:
        fence = getattr(getattr(item, "example", None), "parsed", None)
        if isinstance(fence, Fence) and fence.info.startswith("python"):
            try:
                program = located(block_of(fence))
            except BlockError:
                continue
            if any(need == "cuda" or need.endswith("gpus") for need in program.requires):
                item.add_marker("gpu")
