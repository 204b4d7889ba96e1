"""Every declared line is worth something: changed in any way, it must no longer pass."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.code_blocks.check import check, tolerance
from tests.code_blocks.fences import BlockError
from tests.code_blocks.program import Program, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.code_blocks.execute import Run


def corruptions(line: str) -> Iterator[tuple[str, list[str]]]:
    """Ways in which one `#>` or `#!` line can be wrong: changed, gone, doubled, off by five units.

    Args:
        line: the declared line.

    Yields:
        What was done to it, and the lines to put in its place.
    """
    match = re.match(r"(\s*)(#[>!])(?: (.*))?$", line)
    if match is None:
        raise ValueError(f"expected a line that declares an output, got {line!r}")
    indent, mark, text = match[1], match[2], match[3] or ""
    head = f"{indent}{mark} "
    yield "deleted", []
    yield "doubled", [line, line]
    yield "longer", [f"{head}{text} x"]
    if mark == "#!":
        yield "another type", [f"{head}X{text}"]
        if ": " in text:
            yield "another message", [head + text.replace(": ", ": x", 1)]
        return
    for found in re.finditer(r"[A-Za-z\d]", text):
        changed = str((int(found[0]) + 5) % 10) if found[0].isdigit() else "#"
        kind = "digit" if found[0].isdigit() else "letter"
        yield (
            f"{kind} at {found.start()}",
            [head + text[: found.start()] + changed + text[found.end() :]],
        )


def _is_seen(line: str, kind: str, within: float) -> bool:
    """Whether a measured line shows a corruption: of digits, the first of a number, on the GPU of the run."""
    if not kind.startswith("digit"):
        return True
    text = line.strip()[3:]
    place = int(kind.rpartition(" ")[2])
    before = re.search(r"[\d,.]*$", text[:place])
    leading = text[place] != "0" and not re.search(r"[1-9]", before[0] if before else "")
    return leading and within < 1


def survivors(program: Program, result: Run) -> list[str]:
    """The corruptions of a program that would pass unnoticed, in words; there must be none.

    Args:
        program: a program that passes.
        result: what it did.
    """
    lines, within = program.text.splitlines(), tolerance(program)
    return [
        f"line {number}, {kind}: {lines[number - 1].strip()!r} could be replaced by {new}, unnoticed"
        for number in program.declared_lines
        for kind, new in corruptions(lines[number - 1])
        # `...` stands for anything, what is changed beside it too; without the line, or with two, it must not pass
        if ("..." not in lines[number - 1] or kind in {"deleted", "doubled"})
        and (within is None or _is_seen(lines[number - 1], kind, within))
        and _passes(lines, number, new, result)
    ]


def _passes(lines: list[str], number: int, new: list[str], result: Run) -> bool:
    text = "\n".join([*lines[: number - 1], *new, *lines[number:]]) + "\n"
    try:
        program = parse(text)
    except BlockError:
        return False
    return not check(program, result, str)
