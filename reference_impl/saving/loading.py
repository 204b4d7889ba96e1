"""Loading a state dict into a module that it does not quite fit, with a report of what happened.

`Module.load_state_dict` copies what fits and then raises for the rest, so an error leaves a module
half loaded. Here keys, shapes and dtypes are compared first: the module is changed after that, or
not at all. What the module does itself on loading is beyond that: its `set_extra_state` may still
raise, and names that only a loading hook of its own would translate count as missing.
"""

import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch

# --8<-- [start:imports]
from torch import Tensor, nn

# --8<-- [end:imports]

__all__ = ["LoadReport", "load_matching"]

WRAPPERS = ("module.", "_orig_mod.")  # what DistributedDataParallel and torch.compile put in front


@dataclass(frozen=True)
class LoadReport:
    """What [`load_matching`][reference_impl.saving.load_matching] did, or would not do.

    Attributes:
        loaded: keys of the module that got their value.
        missing: keys of the module that the state does not have; they keep their value.
        unexpected: keys of the state, as they stand there, that the module does not have.
        mismatched: keys in both whose tensors do not fit, with what was expected and what came.
        cast: loaded keys whose floating-point precision changed on the way.
        renamed: keys of the state whose name changed, with the new name.

    >>> report = load_matching(nn.Linear(1, 1), {"weight": torch.ones(2, 2)}, strict=False)
    >>> print(report)
    loaded 0 of 2
    missing: bias
    mismatched: weight: expected float32 of shape (1, 1) on cpu, got float32 of shape (2, 2) on cpu
    """

    loaded: tuple[str, ...]
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    mismatched: Mapping[str, str]
    cast: Mapping[str, str]
    renamed: Mapping[str, str]

    @property
    def complete(self) -> bool:
        """Whether each key of the module got its value and no value was left over."""
        return not (self.missing or self.unexpected or self.mismatched)

    def __str__(self) -> str:
        total = len(self.loaded) + len(self.missing) + len(self.mismatched)
        lines = [f"loaded {len(self.loaded)} of {total}"]
        lines += [f"missing: {key}" for key in self.missing]
        lines += [f"unexpected: {key}" for key in self.unexpected]
        lines += [f"mismatched: {key}: {words}" for key, words in self.mismatched.items()]
        lines += [f"cast: {key}: {words}" for key, words in self.cast.items()]
        lines += [f"renamed: {old} to {new}" for old, new in self.renamed.items()]
        return "\n".join(lines)


def load_matching(
    module: nn.Module,
    state: Mapping[str, object],
    *,
    rename: Mapping[str, str] | Sequence[tuple[str, str]] = (),
    prefixes: Sequence[str] = WRAPPERS,
    strict: bool = True,
    cast: bool = True,
) -> LoadReport:
    """Copy into the module what fits it, and say what did not.

    Args:
        module: it is loaded in place; its tensors keep their dtype and device.
        state: names and values, such as `torch.load` or `load_safetensors` returns.
        rename: old names and new ones; or rules, each a regular expression and its replacement as
            in `re.sub`, applied one after the other. Names that a rule leaves alone stay.
        prefixes: taken off the front of names that the module does not have, as often as they stand
            there.
        strict: raise if anything is missing, unexpected or mismatched, and change nothing then.
        cast: allow another floating-point precision. Any other change of dtype is a mismatch.

    Returns:
        What was loaded, and what was not.

    Raises:
        ValueError: `strict`, and the state does not fit; two names become one; or `rename` names a
            key that is not there. The module is unchanged.

    >>> old = nn.Linear(2, 1, dtype=torch.float64).state_dict()
    >>> state = {"module." + key.replace("bias", "offset"): value for key, value in old.items()}
    >>> print(load_matching(nn.Linear(2, 1), state, rename=[("offset$", "bias")]))
    loaded 2 of 2
    cast: weight: float64 to float32
    cast: bias: float64 to float32
    renamed: module.weight to weight
    renamed: module.offset to bias
    """
    expected: dict[str, object] = dict(module.state_dict())
    names = _renamed(state, expected, rename, prefixes)
    found = {new: state[old] for old, new in names.items() if new in expected}
    mismatched: dict[str, str] = {}
    casts: dict[str, str] = {}
    for key, value in found.items():
        if words := _mismatch(expected[key], value, cast):
            mismatched[key] = words
        elif words := _cast(expected[key], value):
            casts[key] = words
    fitting = OrderedDict((key, value) for key, value in found.items() if key not in mismatched)
    loaded = set(fitting) | _tied(expected, fitting)
    report = LoadReport(
        loaded=tuple(key for key in expected if key in loaded),
        missing=tuple(key for key in expected if key not in loaded and key not in mismatched),
        unexpected=tuple(old for old, new in names.items() if new not in expected),
        mismatched={key: words for key, words in mismatched.items() if key not in loaded},
        cast=casts,
        renamed={old: new for old, new in names.items() if old != new and new in expected},
    )
    if strict and not report.complete:
        raise ValueError(f"{type(module).__name__}: the state does not fit: {report}")
    if (versions := getattr(state, "_metadata", None)) is not None:
        fitting._metadata = versions  # type: ignore[attr-defined]  # where torch keeps each module's version
    module.load_state_dict(fitting, strict=False)
    return report


def _renamed(
    state: Mapping[str, object],
    expected: Mapping[str, object],
    rename: Mapping[str, str] | Sequence[tuple[str, str]],
    prefixes: Sequence[str],
) -> dict[str, str]:
    """The names of the state, each with the name under which it is to be loaded."""
    if isinstance(rename, Mapping):
        if absent := [old for old in rename if old not in state]:
            raise ValueError(f"rename: {absent} are not in the state, expected some of {[*state]}")
        names = {old: rename.get(old, old) for old in state}
    else:
        names = {old: _apply_rules(old, rename) for old in state}
    names = {old: _strip(new, expected, prefixes) for old, new in names.items()}
    origin: dict[str, str] = {}
    for old, new in names.items():
        if new in origin:
            raise ValueError(
                f"{origin[new]!r} and {old!r} both become {new!r}, expected one of them"
            )
        origin[new] = old
    return names


def _apply_rules(name: str, rules: Sequence[tuple[str, str]]) -> str:
    for pattern, replacement in rules:
        name = re.sub(pattern, replacement, name)
    return name


def _strip(name: str, expected: Mapping[str, object], prefixes: Sequence[str]) -> str:
    """The name without the prefixes, but never less than a name that the module has."""
    short = name
    while short not in expected:
        prefix = next((prefix for prefix in prefixes if prefix and short.startswith(prefix)), None)
        if prefix is None:
            return short
        short = short.removeprefix(prefix)
    return short


def _describe(value: object) -> str:
    if not isinstance(value, Tensor):
        return f"{type(value).__name__}, no tensor"
    return f"{_short(value.dtype)} of shape {tuple(value.shape)} on {value.device}"


def _short(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


# --8<-- [start:mismatch]
def _mismatch(expected: object, value: object, cast: bool) -> str | None:
    """What was expected and what came, or `None` if the value can be copied."""
    if not isinstance(expected, Tensor):
        return None  # extra state: its module judges it
    if isinstance(value, Tensor) and value.shape == expected.shape and not value.is_meta:
        both_float = expected.is_floating_point() and value.is_floating_point()
        same = value.dtype == expected.dtype or (cast and both_float)
        if same and not expected.is_meta:
            return None
    hint = "; give the module memory first, with to_empty()" if expected.is_meta else ""
    return f"expected {_describe(expected)}, got {_describe(value)}{hint}"


# --8<-- [end:mismatch]


def _cast(expected: object, value: object) -> str | None:
    if isinstance(expected, Tensor) and isinstance(value, Tensor) and expected.dtype != value.dtype:
        return f"{_short(value.dtype)} to {_short(expected.dtype)}"
    return None


def _tied(expected: Mapping[str, object], fitting: Mapping[str, object]) -> set[str]:
    """Keys that are loaded under another name, because they are another name of the same memory."""

    def place(value: object) -> object:
        if not isinstance(value, Tensor) or value.numel() == 0 or value.is_meta:
            return object()
        return value.device, value.data_ptr(), value.shape, value.stride(), value.dtype

    loaded = {place(expected[key]) for key in fitting}
    return {key for key, value in expected.items() if place(value) in loaded}
