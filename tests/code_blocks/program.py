"""Read a program: its directives, its statements, and what each is declared to print.

    x = torch.arange(6).reshape(2, 3)
    print(x.t().stride())
    #> (1, 3)

A `#>` line declares one printed line, a `#!` line one warning or the error that ends the program.
Both belong to the statement above them. Inside `with`, `if` and `try` at module level every statement
has its own lines; a loop, a function or a class is one statement, and its lines stand after it.
"""

from __future__ import annotations

import ast
import re
import tomllib
from dataclasses import dataclass, field
from functools import cache

from tests.code_blocks.fences import ROOT, BlockError

_DECLARED = re.compile(r"^(?P<indent>[ ]*)#(?P<mark>[>!])(?: (?P<text>.*)|(?P<glued>.+))?$")
_DIRECTIVE = re.compile(r"# ?(?P<name>[a-z][a-z ]*): ?(?P<value>.*)")
_RUN = re.compile(r"python|torchrun --nproc-per-node=\d+")
DIRECTIVES = ("requires", "run", "ran on", "within")
_WITHIN = re.compile(r"([1-4]?\d) %")  # a leading digit that is off by five is always more


@dataclass(frozen=True)
class Declared:
    """One `#>` or `#!` line."""

    line: int
    text: str


@dataclass
class Statement:
    """One statement that can print, and what it is declared to print."""

    first: int
    last: int
    column: int
    #: The line of the first statement inside, for those whose inner statements have lines of their own.
    body: int | None = None
    outputs: list[Declared] = field(default_factory=list)
    complaints: list[Declared] = field(default_factory=list)


@dataclass(frozen=True)
class Program:
    """A program as text, with everything it declares about itself."""

    text: str
    statements: tuple[Statement, ...]
    requires: tuple[str, ...]
    run: str | None
    #: The GPU whose output is declared, as PyTorch names it.
    ran_on: str | None = None
    #: How far a measured number may be off on that GPU, as a share; on another one it may be anything.
    within: float | None = None

    @property
    def needs_gpu(self) -> bool:
        """Whether it needs a CUDA device, or several."""
        return any(need == "cuda" or need.endswith(" gpus") for need in self.requires)

    @property
    def declared_lines(self) -> list[int]:
        """The numbers of all `#>` and `#!` lines."""
        return sorted(d.line for s in self.statements for d in (*s.outputs, *s.complaints))

    def statement_at(self, line: int) -> int:
        """The index of the innermost statement that holds `line`; the first one if none does."""
        inside = [i for i, s in enumerate(self.statements) if s.first <= line <= s.last]
        return max(inside, key=lambda i: self.statements[i].first, default=0)


@cache
def extras() -> frozenset[str]:
    """The optional installs that `pyproject.toml` names."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return frozenset(project["optional-dependencies"])


def parse(text: str) -> Program:
    """Read a program.

    Raises:
        BlockError: it is no Python, a directive is unknown, or a `#>` line stands under no statement.
            The message starts with `line N:`.
    """
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        raise BlockError(f"line {error.lineno}: this is no Python: {error.msg}") from None
    statements = list(_statements(tree.body))
    for number, line in enumerate(text.splitlines(), start=1):
        match = _DECLARED.match(line)
        if match is None:
            continue
        if match["glued"]:
            raise BlockError(
                f"line {number}: expected a blank after '#{match['mark']}', got {line.strip()!r}"
            )
        owner = _owner(statements, number, len(match["indent"]))
        lines = owner.outputs if match["mark"] == ">" else owner.complaints
        lines.append(Declared(number, match["text"] or ""))
    requires, values = _directives(text)
    within = float(values["within"].removesuffix(" %")) / 100 if "within" in values else None
    ran_on = values.get("ran on", "").partition(", torch ")[0] or None
    return Program(text, tuple(statements), requires, values.get("run"), ran_on, within)


def _statements(body: list[ast.stmt]) -> list[Statement]:
    found = []
    for node in body:
        first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
        inner = node.body[0].lineno if isinstance(node, ast.With | ast.If | ast.Try) else None
        found.append(Statement(first, node.end_lineno or first, node.col_offset, inner))
        if inner is not None:
            for part in ("body", "orelse", "finalbody"):
                found += _statements(getattr(node, part, []))
            for handler in getattr(node, "handlers", []):
                found += _statements(handler.body)
    return found


def _owner(statements: list[Statement], line: int, column: int) -> Statement:
    for statement in statements:
        inner = any(
            s is not statement and statement.first <= s.first <= statement.last for s in statements
        )
        if statement.first < line <= statement.last and not inner:
            message = (
                f"line {line}: this output stands inside the statement of lines {statement.first}-{statement.last}: "
                "a loop, a function or a class declares its output after its last line"
            )
            raise BlockError(message)
    opened = [s for s in statements if s.body is not None and s.first < line < s.body]
    if opened:  # directly under `with …:`, what entering it prints
        return opened[-1]
    above = [s for s in statements if s.last < line and s.column == column]
    if not above:
        raise BlockError(
            f"line {line}: this output stands under no statement of its own indentation"
        )
    return max(above, key=lambda s: (s.last, s.first))


def _directives(text: str) -> tuple[tuple[str, ...], dict[str, str]]:
    requires: list[str] = []
    values: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.startswith("#"):
            break
        match = _DIRECTIVE.fullmatch(line)
        if match is None:
            continue
        name, value = match["name"], match["value"]
        if name not in DIRECTIVES:
            known = ", ".join(f"'# {d}: …'" for d in DIRECTIVES)
            raise BlockError(
                f"line {number}: unknown directive '# {name}:': expected {known}, or a comment without a colon"
            )
        if name == "requires":
            if not (value in {"cuda", *extras()} or re.fullmatch(r"[2-9] gpus", value)):
                expected = ", ".join(["cuda", "N gpus", *sorted(extras())])
                raise BlockError(
                    f"line {number}: unknown requirement {value!r}: expected one of {expected}"
                )
            requires.append(value)
        elif name == "run" and not _RUN.fullmatch(value):
            message = f"line {number}: cannot run {value!r}: expected 'python' or 'torchrun --nproc-per-node=N'"
            raise BlockError(message)
        elif name == "within" and not _WITHIN.fullmatch(value):
            raise BlockError(
                f"line {number}: expected '# within: N %' of less than 50, got {value!r}"
            )
        values[name] = value
    gpu = any(r == "cuda" or r.endswith("gpus") for r in requires)
    if gpu and "ran on" not in values:
        raise BlockError(
            "line 1: a program that requires cuda says where its output comes from: '# ran on: DEVICE, torch VERSION, DATE'"
        )
    if "within" in values and not gpu:
        raise BlockError(
            "line 1: only what is measured on a GPU may be off: '# within:' needs '# requires: cuda'"
        )
    return tuple(requires), values
