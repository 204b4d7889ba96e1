"""The record of a snapshot on a CPU: PyTorch's profiler sees each allocation of the CPU allocator."""

import sys
from collections.abc import Iterator
from typing import Any

import torch
from torch._C._profiler import _EventType  # the kinds of events: no public name

from reference_impl.memory.snapshot import NO_FRAME, Snapshot, SnapshotEvent

__all__ = ["profile_snapshot"]


def _allocations(nodes: list[Any], frame: str = NO_FRAME) -> Iterator[tuple[Any, str]]:
    """Yield the memory events below some nodes, each with the innermost Python function of one's own around it."""
    for node in nodes:
        if node.tag == _EventType.Allocation and node.extra_fields.device.type == "cpu":
            yield node, frame
        name = _own(node)
        yield from _allocations(node.children, name if name is not None else frame)


def _own(node: Any) -> str | None:  # noqa: ANN401 - torch names no type for it
    """Return the name of a call of a Python function that is neither PyTorch's nor Python's own."""
    if node.tag != _EventType.PyCall:
        return None
    try:
        name: str = node.name
    except UnicodeDecodeError:  # of code that has been freed since, such as a doctest's
        return None
    package = name.split("/")[0].split(".")[0]  # of `functools.py(981): __get__`, functools
    known = package == "torch" or package in sys.stdlib_module_names
    return name if ".py(" in name and not known else None


def profile_snapshot(profile: torch.profiler.profile) -> Snapshot:
    """Return what the CPU allocator did under a profiler, in the form of a GPU's snapshot.

    The frames are functions, as `file(first line): name`. There are no segments: nothing is cached.

    Args:
        profile: made with `profile_memory=True`, and `with_stack=True` for the frames; ended.

    Raises:
        ValueError: it recorded no memory.

    Examples:
        >>> with torch.profiler.profile(profile_memory=True, with_stack=True) as prof:
        ...     x = torch.ones(1000)
        ...     y = x.exp()
        >>> profile_snapshot(prof).timeline()
        [4000, 8000]
    """
    results = profile.profiler.kineto_results if profile.profiler is not None else None
    tree = results.experimental_event_tree() if results is not None else []
    found = sorted(_allocations(tree), key=lambda pair: pair[0].start_time_ns)
    if not found:
        raise ValueError("expected a profile with profile_memory=True that has ended")
    events = []
    for node, frame in found:
        nbytes, address = node.extra_fields.alloc_size, node.extra_fields.ptr
        action = "alloc" if nbytes > 0 else "free_completed"
        events.append(SnapshotEvent(action, address, abs(nbytes), frame))
    return Snapshot(tuple(events), ())
