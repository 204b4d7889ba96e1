"""Decide whether what a program printed is what its page shows."""

from __future__ import annotations

import re
from decimal import Decimal

#: A number with three or more decimals, with its exponent: the only thing that may differ, by one unit.
_ROUNDED = re.compile(r"(?<![\w.])(?P<mantissa>-?\d+\.\d{3,})(?P<exponent>e[+-]?\d+)?(?![\w]|\.\d)")
#: Any number, as a measured one is read.
_NUMBER = re.compile(r"(?<![\w.])-?\d[\d,]*(?:\.\d+)?")
_WILDCARD = "..."


def same_line(expected: str, got: str, within: float | None = None) -> bool:
    """Whether one printed line is the declared one.

    Text is exact. A number with three or more decimals may differ by one unit in its last place.
    `...` in the declared line stands for anything on that line. Blanks at the end of a line, which no
    reader sees, do not count.

    Args:
        expected: the declared line.
        got: the printed one.
        within: for what is measured: the share by which any number may be off.
    """
    expected, got = expected.rstrip(), got.rstrip()
    if within is not None:
        return _same_measured(expected, got, within)
    if _same_with_rounding(expected, got):
        return True
    if _WILDCARD not in expected or expected.strip(" .") == "":
        return False
    pattern = ".*?".join(re.escape(part) for part in expected.split(_WILDCARD))
    return re.fullmatch(pattern, got) is not None


def _same_with_rounding(expected: str, got: str) -> bool:
    if expected == got:
        return True
    if _ROUNDED.sub("\0", expected) != _ROUNDED.sub("\0", got):
        return False
    pairs = zip(_ROUNDED.finditer(expected), _ROUNDED.finditer(got), strict=True)
    return all(_same_number(a, b) for a, b in pairs)


def _same_measured(expected: str, got: str, within: float) -> bool:
    if _words(expected) != _words(got):
        return False
    pairs = zip(_NUMBER.findall(expected), _NUMBER.findall(got), strict=True)
    values = [(float(a.replace(",", "")), float(b.replace(",", ""))) for a, b in pairs]
    return all(abs(a - b) <= within * abs(a) for a, b in values)


def _words(line: str) -> list[str]:
    """The line without its numbers, and without blanks, which move when a number gets shorter."""
    return _NUMBER.sub(" \0 ", line).split()


def _same_number(expected: re.Match[str], got: re.Match[str]) -> bool:
    a, b = Decimal(expected["mantissa"]), Decimal(got["mantissa"])
    if expected["exponent"] != got["exponent"] or a.as_tuple().exponent != b.as_tuple().exponent:
        return False
    unit = Decimal(1).scaleb(int(a.as_tuple().exponent))
    return abs(a - b) <= unit


def differences(expected: list[str], got: list[str], within: float | None = None) -> list[str]:
    """What differs, in words; empty when nothing does."""
    pairs = list(zip(expected, got, strict=False))
    words = [f"expected: {e}\n  got:      {g}" for e, g in pairs if not same_line(e, g, within)]
    words += [
        f"expected: {line}\n  got:      (no such line was printed)" for line in expected[len(got) :]
    ]
    words += [f"expected: (no more output)\n  got:      {line}" for line in got[len(expected) :]]
    return words


def same_complaint(expected: str, got: str) -> bool:
    """Whether an error or a warning is the declared one: its type exact, its message by prefix."""
    expected_type, _, expected_message = expected.partition(": ")
    got_type, _, got_message = got.partition(": ")
    if expected_type != got_type:
        return False
    if not expected_message:
        return not got_message
    return got_message.startswith(expected_message.rstrip())
