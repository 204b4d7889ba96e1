"""Rewrite the `#>` and `#!` lines of a program from what it does.

An error that nobody declared is never written down as expected: it stays a failure.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from tests.code_blocks.fences import BlockError

if TYPE_CHECKING:
    from tests.code_blocks.execute import Run
    from tests.code_blocks.includes import Block
    from tests.code_blocks.program import Program, Statement

_WIDTH = 100


def rewritten(program: Program, run: Run) -> str:
    """The program's text with its declared lines replaced by what it did."""
    lines = program.text.splitlines()
    gone = set(program.declared_lines)
    after: dict[int, list[str]] = {}
    if program.run is None:
        pairs = zip(program.statements, run.outcomes, strict=True)
        # An inner statement ends where its `with` does; its lines come first.
        for statement, outcome in sorted(pairs, key=lambda pair: -pair[0].first):
            new = [_line(statement, ">", text) for text in outcome.lines]
            if statement.complaints:
                new += [_line(statement, "!", text) for text in outcome.complaints]
            after.setdefault(_place(statement), []).extend(new)
    else:
        last = max([program.statements[-1].last, *gone])
        new = [_line(program.statements[0], ">", text) for text in run.outcomes[-1].lines]
        if any(s.complaints for s in program.statements):
            new += [_line(program.statements[0], "!", text) for text in run.outcomes[-1].complaints]
        after[last] = new
    result = []
    for number, line in enumerate(lines, start=1):
        if program.needs_gpu and line.startswith("# ran on: "):
            result.append(f"# ran on: {_this_gpu()}")
        elif number not in gone:
            result.append(line)
        result += after.get(number, [])
    return "\n".join(result) + "\n"


def _this_gpu() -> str:
    """The device, the version of PyTorch and the date, as a page names them."""
    import torch

    return f"{torch.cuda.get_device_name()}, torch {torch.__version__}, {date.today().isoformat()}"


def _place(statement: Statement) -> int:
    """The line after which a statement's output stands: its last, or the opening line if it stood there."""
    declared = [d.line for d in (*statement.outputs, *statement.complaints)]
    if statement.body is not None and declared and min(declared) < statement.body:
        return min(declared) - 1
    return statement.last


def _line(statement: Statement, mark: str, text: str) -> str:
    inside = statement.body is not None and _place(statement) < statement.body
    line = f"{' ' * (statement.column + 4 * inside)}#{mark} {text}".rstrip()
    if mark == "!" and len(line) > _WIDTH:
        line = line[: _WIDTH + 1].rsplit(" ", 1)[0]
    return line


def write(block: Block, program: Program, run: Run) -> bool:
    """Rewrite the file behind a block; whether anything changed."""
    new = rewritten(program, run)
    if new == program.text:
        return False
    numbers = [line.number for line in block.lines]
    if numbers != list(range(numbers[0], numbers[-1] + 1)):
        raise BlockError(
            f"{block.fence.where}: {block.name} is shown in parts: write its outputs by hand"
        )
    source = block.file.read_text(encoding="utf-8").splitlines()
    first, last = block.lines[0].number - 1, block.lines[-1].number
    indent = len(source[first]) - len(block.lines[0].text)
    body = [(" " * indent + line).rstrip() for line in new.splitlines()]
    source[first:last] = body
    block.file.write_text("\n".join(source) + "\n", encoding="utf-8")
    return True
