"""Run the commands of a `console` block and compare what they print.

    $ python -c "print(1 + 1)"
    2

Every command must succeed. A block whose first line is `# proved by: FILE` is not run here, because FILE
does it better (a server that must be stopped again, the test suite itself): FILE must hold each command.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.code_blocks.compare import differences
from tests.code_blocks.execute import spawn
from tests.code_blocks.fences import ROOT, BlockError, Fence, relative

if TYPE_CHECKING:
    from collections.abc import Callable

_PROVED_BY = "# proved by: "


@dataclass
class Command:
    """One `$ ` line and the output declared under it."""

    line: int
    words: str
    output: list[str]


def commands_of(fence: Fence) -> tuple[str | None, list[Command]]:
    """The file that proves the block, if it names one, and its commands."""
    lines = fence.source.splitlines()
    proof = None
    if lines and lines[0].startswith(_PROVED_BY):
        proof = lines[0].removeprefix(_PROVED_BY).strip()
    commands: list[Command] = []
    for offset, line in enumerate(lines[1:] if proof else lines, start=2 if proof else 1):
        if line.startswith("$ "):
            commands.append(Command(fence.line + offset, line[2:], []))
        elif not commands:
            where = f"{relative(fence.page)}:{fence.line + offset}"
            raise BlockError(f"{where}: a console block starts with '$ COMMAND', got {line!r}")
        else:
            commands[-1].output.append(line)
    if not commands:
        raise BlockError(f"{fence.where}: this console block has no command")
    return proof, commands


def check_console(fence: Fence, execute: Callable[..., tuple[str, str, int]] = spawn) -> list[str]:
    """What is wrong with a console block; empty when each command succeeds and prints what is shown."""
    proof, commands = commands_of(fence)
    if proof is not None:
        file = ROOT / proof
        if not file.is_file():
            raise BlockError(
                f"{fence.where}: '# proved by: {proof}' names no file of the repository"
            )
        text = file.read_text(encoding="utf-8")
        unproved = [c for c in commands if c.words not in text]
        return [
            f"{relative(fence.page)}:{c.line}: {proof} does not hold the command {c.words!r}"
            for c in unproved
        ]
    messages = []
    for command in commands:
        script = f"set -euo pipefail; exec 2>&1; {command.words}"
        out, _, code = execute(["bash", "-c", script], ROOT)
        wrong = differences(command.output, out.splitlines())
        if code != 0:
            wrong.append(f"expected: exit status 0\n  got:      exit status {code}")
        if wrong:
            messages.append(
                f"{relative(fence.page)}:{command.line}: $ {command.words}\n  " + "\n  ".join(wrong)
            )
    return messages
