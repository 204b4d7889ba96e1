"""Reading a memory snapshot of PyTorch: what happened, what was alive at the peak, and which line asked for it.

`torch.cuda.memory._record_memory_history()` starts the record, `torch.cuda.memory._snapshot()` returns it as a
dictionary, and `_dump_snapshot(path)` writes that as a pickle.
"""

import io
import json
import pickle
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from reference_impl.memory.caching_allocator import CachingAllocator

__all__ = ["Replay", "Snapshot", "SnapshotEvent", "SnapshotSegment", "read_snapshot", "replay"]

NO_FRAME = "(no Python frame)"
ACTIONS = (
    "alloc",
    "free_requested",
    "free_completed",
    "segment_alloc",
    "segment_free",
    "segment_map",
    "segment_unmap",
    "snapshot",
    "oom",
)


class SnapshotEvent(NamedTuple):
    """One entry of the record, oldest first.

    Attributes:
        action: `alloc`, `free_requested`, `free_completed`, `segment_alloc`, `segment_free`, `segment_map`,
            `segment_unmap`, `snapshot` or `oom`.
        address: of the block or the segment.
        size: bytes; of a block as many as were asked for.
        frame: `folder/file:function:line` of the innermost line that is in no installed package and not Python's own.

    Examples:
        >>> SnapshotEvent("alloc", 512, 100, "model.py:forward:3").size
        100
    """

    action: str
    address: int
    size: int
    frame: str


class SnapshotSegment(NamedTuple):
    """One piece of memory from the driver, when the snapshot was taken.

    Attributes:
        address: where it begins.
        size: its bytes.
        small: whether it is of the small pool.
        blocks: `(bytes, requested bytes, whether it is in use)` of each piece, from the first address on. One
            that was freed and waits for another stream is not in use.

    Examples:
        >>> segment = SnapshotSegment(0, 2097152, True, ((512, 4, True), (2096640, 0, False)))
        >>> sum(nbytes for nbytes, requested, used in segment.blocks if used)
        512
    """

    address: int
    size: int
    small: bool
    blocks: tuple[tuple[int, int, bool], ...]


@dataclass(frozen=True)
class Snapshot:
    """A memory snapshot.

    Attributes:
        events: all that was recorded.
        segments: the state at the end.
        about: what was stored with it: device, versions, date.

    Examples:
        >>> gpu = CachingAllocator()
        >>> x = gpu.malloc(3_000_000)
        >>> gpu.free(gpu.malloc(5_000_000))
        >>> snapshot = read_snapshot(gpu.snapshot())
        >>> snapshot.allocated, snapshot.reserved, snapshot.peak()
        (3000320, 20971520, (2, 8000000))
    """

    events: tuple[SnapshotEvent, ...]
    segments: tuple[SnapshotSegment, ...]
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def reserved(self) -> int:
        """Bytes of all segments."""
        return sum(segment.size for segment in self.segments)

    @property
    def allocated(self) -> int:
        """Bytes of all blocks in use."""
        return sum(size for segment in self.segments for size, _, used in segment.blocks if used)

    @property
    def requested(self) -> int:
        """Bytes that were asked for, of the blocks in use."""
        return sum(want for segment in self.segments for _, want, used in segment.blocks if used)

    @property
    def inactive(self) -> int:
        """Bytes that are reserved and not in use."""
        return self.reserved - self.allocated

    def timeline(self) -> list[int]:
        """Return the bytes asked for that are alive after each event.

        A free of something that was allocated before the record began is left out.
        """
        alive: dict[int, int] = {}
        now, line = 0, []
        for event in self.events:
            if event.action == "alloc":
                alive[event.address] = event.size
                now += event.size
            elif event.action == "free_completed":
                now -= alive.pop(event.address, 0)
            line.append(now)
        return line

    def peak(self) -> tuple[int, int]:
        """Return the number of the first event after which most was alive, and how much that was."""
        line = self.timeline()
        most = max(line, default=0)
        return (line.index(most) if line else 0), most

    def at_peak(self) -> list[SnapshotEvent]:
        """Return the allocations that are alive at the peak, oldest first."""
        alive: dict[int, SnapshotEvent] = {}
        for event in self.events[: self.peak()[0] + 1]:
            if event.action == "alloc":
                alive[event.address] = event
            elif event.action == "free_completed":
                alive.pop(event.address, None)
        return list(alive.values())

    def by_frame_at_peak(self) -> Counter[str]:
        """Return the bytes alive at the peak by the line that asked for them."""
        total: Counter[str] = Counter()
        for event in self.at_peak():
            total[event.frame] += event.size
        return total

    def marks(self) -> list[int]:
        """Return the numbers of the events that are snapshots, which a program takes to mark a moment."""
        return [number for number, event in enumerate(self.events) if event.action == "snapshot"]

    def compact(self) -> dict[str, Any]:
        """Return it as JSON can hold it, in few bytes: columns, and addresses from the lowest one on."""
        places = [event.address for event in self.events if event.action not in ("snapshot", "oom")]
        lowest = min([*places, *(segment.address for segment in self.segments)], default=0)
        frames = list(dict.fromkeys(event.frame for event in self.events))
        numbers = {frame: number for number, frame in enumerate(frames)}
        return {
            "about": dict(self.about),
            "frames": frames,
            "events": {
                "action": [ACTIONS.index(event.action) for event in self.events],
                "address": [max(event.address - lowest, 0) for event in self.events],
                "size": [event.size for event in self.events],
                "frame": [numbers[event.frame] for event in self.events],
            },
            "segments": [
                [s.address - lowest, s.size, int(s.small), [[a, b, int(c)] for a, b, c in s.blocks]]
                for s in self.segments
            ],
        }


def _own_frame(frames: Sequence[Mapping[str, Any]]) -> str:
    """Name the innermost frame of a stack that is neither in an installed package nor in Python."""
    for frame in frames:
        path = str(frame["filename"])
        if "site-packages" in path or path.startswith("<") or "/lib/python" in path:
            continue
        if not path.endswith(".py"):
            continue
        return f"{'/'.join(Path(path).parts[-2:])}:{frame['name']}:{frame['line']}"
    return NO_FRAME


def _from_torch(data: Mapping[str, Any], device: int, about: Mapping[str, Any]) -> Snapshot:
    traces = data.get("device_traces", [])
    events = tuple(
        SnapshotEvent(e["action"], e.get("addr", 0), e["size"], _own_frame(e.get("frames", ())))
        for e in (traces[device] if device < len(traces) else ())
    )
    segments = tuple(
        SnapshotSegment(
            segment["address"],
            segment["total_size"],
            segment["segment_type"] == "small",
            tuple(
                (b["size"], b.get("requested_size", b["size"]), b["state"] == "active_allocated")
                for b in segment["blocks"]
            ),
        )
        for segment in data["segments"]
        if segment.get("device", 0) == device
    )
    return Snapshot(events, segments, about)


def _from_compact(data: Mapping[str, Any]) -> Snapshot:
    columns, frames = data["events"], data["frames"]
    events = tuple(
        SnapshotEvent(ACTIONS[action], address, size, frames[frame])
        for action, address, size, frame in zip(
            columns["action"], columns["address"], columns["size"], columns["frame"], strict=True
        )
    )
    segments = tuple(
        SnapshotSegment(address, size, bool(small), tuple((a, b, bool(c)) for a, b, c in blocks))
        for address, size, small, blocks in data["segments"]
    )
    return Snapshot(events, segments, data["about"])


class _PlainUnpickler(pickle.Unpickler):
    """Reads a pickle of numbers, texts, lists and dictionaries, and no other: a pickle can run any code."""

    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401 - the signature of the base class
        raise ValueError(
            f"expected a snapshot of plain data, got a pickle that asks for {module}.{name}"
        )


def read_snapshot(
    source: str | Path | Mapping[str, Any], device: int = 0, about: Mapping[str, Any] | None = None
) -> Snapshot:
    """Read a snapshot.

    Args:
        source: what `torch.cuda.memory._snapshot()` returned; or the path of what `_dump_snapshot` wrote; or what
            `Snapshot.compact()` returned, or the path of a JSON file of it.
        device: the number of the GPU.
        about: what to keep with it.

    Raises:
        ValueError: the source is none of these, or a pickle that holds other than plain data.

    Examples:
        >>> read_snapshot({"segments": [], "device_traces": [[]]}).reserved
        0
        >>> read_snapshot({"loss": 1.0})
        Traceback (most recent call last):
        ValueError: expected a snapshot, with segments and device_traces, got a dictionary of ['loss']
    """
    if isinstance(source, (str, Path)):
        raw = Path(source).read_bytes()
        is_json = raw[:1] == b"{"
        try:
            data = json.loads(raw) if is_json else _PlainUnpickler(io.BytesIO(raw)).load()
        except (pickle.UnpicklingError, EOFError, json.JSONDecodeError) as error:
            raise ValueError(
                f"expected a snapshot, got a file that can't be read: {error}"
            ) from error
    else:
        data = source
    if isinstance(data, Mapping) and {"events", "segments", "frames"} <= set(data):
        return _from_compact(data)
    if not isinstance(data, Mapping) or not {"segments", "device_traces"} <= set(data):
        found = (
            f"a dictionary of {sorted(data)}"
            if isinstance(data, Mapping)
            else f"a {type(data).__name__}"
        )
        raise ValueError(f"expected a snapshot, with segments and device_traces, got {found}")
    return _from_torch(data, device, about or {})


class Replay(NamedTuple):
    """What became of a record when it was run again.

    Attributes:
        allocations: how many there were.
        same_address: how many got the recorded address.
        allocated: bytes of the blocks in use after each event.
        reserved: bytes of all segments after each event.

    Examples:
        >>> Replay(1, 1, [512], [2097152]).same_address
        1
    """

    allocations: int
    same_address: int
    allocated: list[int]
    reserved: list[int]


def replay(
    snapshot: Snapshot, make: Callable[[Callable[[int], int]], CachingAllocator] | None = None
) -> Replay:
    """Run the requests of a record through an allocator of our own.

    Only the addresses of new segments are taken from the record: the driver chooses those. All others, and all
    sizes, are the allocator's. The record has no entry for `empty_cache`; where it frees segments that ours still
    has, ours is emptied.

    Args:
        snapshot: with events from before the first allocation on.
        make: makes the allocator from a driver. `CachingAllocator` by default.

    Raises:
        ValueError: the record began late, or its segments grew.

    Examples:
        >>> gpu = CachingAllocator()
        >>> gpu.free(gpu.malloc(5_000_000))
        >>> again = replay(read_snapshot(gpu.snapshot()))
        >>> again.same_address, again.allocations, max(again.allocated)
        (1, 1, 5000192)
    """
    places = iter([e.address for e in snapshot.events if e.action == "segment_alloc"])

    def driver(size: int) -> int:
        place = next(places, None)
        if place is None:
            raise ValueError(
                "expected a record from the first segment on, without expandable segments"
            )
        return place

    allocator = make(driver) if make is not None else CachingAllocator(driver=driver)
    ours: dict[int, int] = {}
    same, allocations, allocated, reserved = 0, 0, [], []
    for event in snapshot.events:
        if event.action == "alloc":
            ours[event.address] = allocator.malloc(event.size)
            allocations += 1
            same += ours[event.address] == event.address
        elif event.action == "free_completed" and event.address in ours:
            allocator.free(ours.pop(event.address))
        elif event.action == "segment_free" and any(
            head.address == event.address for head in allocator.heads
        ):
            allocator.empty_cache()
        allocated.append(allocator.allocated)
        reserved.append(allocator.reserved)
    return Replay(allocations, same, allocated, reserved)
