"""What a real GPU did, as `python -m reference_impl.memory.record_snapshot` left it."""

import json
from importlib.resources import files
from typing import Any

from reference_impl.memory.caching_allocator import CachingAllocator
from reference_impl.memory.expandable_segments import ExpandableAllocator

__all__ = ["allocator_of", "recorded_memory"]


def recorded_memory(part: str) -> dict[str, Any]:
    """Return a part of the record: what was done, the numbers, and `about`: device, versions and date.

    Args:
        part: `levels`, `training`, a name that begins with `random`, or the name of an environment variable.

    Raises:
        ValueError: there is no such part.

    Examples:
        >>> sorted(recorded_memory("levels"))
        ['about', 'rows']
        >>> recorded_memory("levels")["about"]["torch"]
        '2.11.0+cu130'
    """
    text = files("reference_impl.memory").joinpath("recorded", "allocator.json")
    data: dict[str, Any] = json.loads(text.read_text(encoding="utf-8"))
    if part not in data:
        raise ValueError(f"expected one of {', '.join(data)}, got {part!r}")
    found: dict[str, Any] = data[part]
    return found


def allocator_of(part: dict[str, Any]) -> CachingAllocator:
    """Return an allocator of our own with the settings of a recorded part.

    Only the addresses of new segments are the recorded ones: the driver chooses those.

    Args:
        part: from `recorded_memory`, one with random requests.

    Examples:
        >>> allocator_of(recorded_memory("random, with a limit")).capacity
        167772160
    """
    settings = dict(item.split(":") for item in part["settings"].split(",") if item)
    expandable = settings.get("expandable_segments") == "True"
    new = "segment_map" if expandable else "segment_alloc"
    places = iter([address for action, address, _ in part["driver"] if action == new])
    if expandable:
        return ExpandableAllocator(part["capacity"], driver=lambda page: next(places))
    split = settings.get("max_split_size_mb")
    most = int(split) * 2**20 if split else None
    return CachingAllocator(part["capacity"], most, lambda size: next(places))
