"""Compare what a program did with what its page shows, and say in words what differs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tests.code_blocks.compare import differences, same_complaint

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.code_blocks.execute import Run
    from tests.code_blocks.program import Declared, Program

#: Stands where a program says nothing of an error, and there was one.
UNDECLARED = "(no error and no warning)"


def check(program: Program, run: Run, where: Callable[[int], str]) -> list[str]:
    """What is wrong, one message a statement; empty when the program did just what it declares.

    Args:
        program: the program, with the lines it declares.
        run: what it did.
        where: names file and line for a line of the program.
    """
    if program.run is not None:
        return _check_apart(program, run, where)
    messages, within = [*run.faults], tolerance(program)
    for statement, outcome in zip(program.statements, run.outcomes, strict=True):
        wrong = differences([d.text for d in statement.outputs], outcome.lines, within)
        wrong += _complaints(statement.complaints, outcome.complaints)
        if wrong:
            code = program.text.splitlines()[statement.first - 1].strip()
            declared = [*statement.outputs, *statement.complaints]
            line = min((d.line for d in declared), default=statement.last)
            messages.append(f"{where(line)}: {code}\n  " + "\n  ".join(wrong))
    return messages


def tolerance(program: Program) -> float | None:
    """By what share a number may be off: as declared on the GPU of the declared output, any on another GPU."""
    if program.within is None:
        return None
    import torch

    here = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    return program.within if here == program.ran_on else math.inf


def _check_apart(program: Program, run: Run, where: Callable[[int], str]) -> list[str]:
    declared = sorted((d for s in program.statements for d in s.outputs), key=lambda d: d.line)
    expected = sorted((d for s in program.statements for d in s.complaints), key=lambda d: d.line)
    wrong = [
        *run.faults,
        *differences([d.text for d in declared], run.outcomes[-1].lines, tolerance(program)),
    ]
    wrong += _complaints(expected, run.outcomes[-1].complaints)
    return (
        [f"{where(declared[0].line if declared else 1)}: {program.run}\n  " + "\n  ".join(wrong)]
        if wrong
        else []
    )


def _complaints(declared: list[Declared], got: list[str]) -> list[str]:
    wrong = []
    for expected, actual in zip(declared, got, strict=False):
        if not same_complaint(expected.text, actual):
            wrong.append(f"expected: #! {expected.text}\n  got:      #! {actual}")
    wrong += [
        f"expected: #! {d.text}\n  got:      (it was not raised)" for d in declared[len(got) :]
    ]
    wrong += [f"expected: {UNDECLARED}\n  got:      #! {actual}" for actual in got[len(declared) :]]
    return wrong
