"""Recording what PyTorch's allocator does on a GPU, as data: `python -m reference_impl.memory.record_snapshot OUT.json`.

Two processes, so that each begins with an empty allocator. The first records training steps of a small GPT; the second
the memory levels after a few allocations, and random requests under several settings. The file is written after each
part. A part that fails leaves its error in it.
"""

import argparse
import gc
import json
import platform
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from reference_impl.gpt import GPTConfig
from reference_impl.memory.recording import (
    LEVELS,
    memory_levels,
    random_calls,
    record_training,
)
from reference_impl.memory.snapshot import read_snapshot

MIB = 2**20
COUNTERS = ("num_alloc_retries", "num_ooms", "num_device_alloc", "num_device_free")


def _about() -> dict[str, Any]:
    """Say where a record comes from."""
    return {
        "device": torch.cuda.get_device_name(),
        "device_bytes": torch.cuda.mem_get_info()[1],
        "torch": torch.__version__,
        "cuda": torch.version.cuda,
        "python": platform.python_version(),
        "date": time.strftime("%Y-%m-%d"),
    }


def _stats() -> dict[str, int]:
    """Return the counts of the allocator since the last call of `_begin`."""
    stats = torch.cuda.memory_stats()
    kinds = [f"{level}_bytes.all.{kind}" for level in LEVELS for kind in ("current", "peak")]
    return {name: int(stats.get(name, 0)) for name in (*kinds, *COUNTERS)}


def _begin() -> None:
    """Begin a record with an empty allocator."""
    gc.collect()
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    torch.cuda.reset_accumulated_memory_stats()
    if left := torch.cuda.memory_reserved():
        raise RuntimeError(f"expected an empty allocator, {left} bytes are reserved")


def _part_training() -> dict[str, Any]:
    """Record two steps of a GPT."""
    config = GPTConfig(vocab=8192, context=256, dim=384, layers=4, heads=6)
    snapshot = record_training(config, batch=8)
    sizes = {"vocab": 8192, "context": 256, "dim": 384, "layers": 4, "heads": 6, "batch": 8}
    return {"config": sizes, "stats": _stats(), "snapshot": snapshot.compact()}


def _part_levels() -> dict[str, Any]:
    """Record the levels after each of a few allocations."""
    torch.cuda.init()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    _begin()
    rows: list[tuple[str, dict[str, int]]] = [("start", memory_levels())]
    kept = {}
    for name, nbytes in (("4 bytes", 4), ("3 MB", 3_000_000), ("25 MB", 25_000_000)):
        kept[name] = torch.empty(nbytes, dtype=torch.uint8, device="cuda")
        rows.append((f"+ {name}", memory_levels()))
    for name in ("3 MB", "25 MB"):
        del kept[name]
        rows.append((f"- {name}", memory_levels()))
    torch.cuda.empty_cache()
    rows.append(("empty_cache", memory_levels()))
    return {"rows": rows}


def _part_random(seed: int, calls: int, limit: int | None, settings: str) -> dict[str, Any]:
    """Record random requests: the address of each, and the counts after it."""
    _begin()
    torch._C._accelerator_setAllocatorSettings(settings or "expandable_segments:False")
    total = torch.cuda.mem_get_info()[1]
    fraction = limit / total if limit is not None else 1.0
    torch.cuda.set_per_process_memory_fraction(fraction)
    torch.cuda.memory._record_memory_history(max_entries=100_000, stacks="python", context=None)
    before = len(read_snapshot(torch.cuda.memory._snapshot()).events)
    kept: dict[int, torch.Tensor] = {}
    addresses: list[int] = []
    allocated: list[int] = []
    reserved: list[int] = []
    for call in random_calls(calls, seed):
        if call.action == "malloc":
            try:
                kept[call.name] = torch.empty(call.nbytes, dtype=torch.uint8, device="cuda")
                addresses.append(kept[call.name].data_ptr())
            except torch.OutOfMemoryError:
                addresses.append(0)
        elif call.action == "free":
            kept.pop(call.name, None)
        else:
            torch.cuda.empty_cache()
        allocated.append(torch.cuda.memory_allocated())
        reserved.append(torch.cuda.memory_reserved())
    stats = _stats()
    events = read_snapshot(torch.cuda.memory._snapshot()).events[before:]
    torch.cuda.memory._record_memory_history(enabled=None)
    driver = [(e.action, e.address, e.size) for e in events if e.action.startswith("segment")]
    kept.clear()
    torch.cuda.set_per_process_memory_fraction(1.0)
    lowest = min(address for _, address, _ in driver)
    return {
        "seed": seed,
        "calls": calls,
        "capacity": None if limit is None else int(fraction * total),
        "settings": settings,
        "addresses": [address - lowest if address else None for address in addresses],
        "driver": [[action, address - lowest, size] for action, address, size in driver],
        "allocated": allocated,
        "reserved": reserved,
        "stats": stats,
    }


GROW, SPLIT = "expandable_segments:True", "expandable_segments:False,max_split_size_mb:21"
FIRST: dict[str, Callable[[], dict[str, Any]]] = {"training": _part_training}
SECOND: dict[str, Callable[[], dict[str, Any]]] = {
    "levels": _part_levels,
    "random": lambda: _part_random(0, 600, None, ""),
    "random, with a limit": lambda: _part_random(1, 600, 160 * MIB, ""),
    "random, expandable": lambda: _part_random(2, 600, None, GROW),
    "random, expandable, with a limit": lambda: _part_random(4, 500, 200 * MIB, GROW),
    "random, max_split": lambda: _part_random(3, 400, None, SPLIT),
    "random, max_split, with a limit": lambda: _part_random(5, 500, 160 * MIB, SPLIT),
}


def _record(out: Path, parts: dict[str, Callable[[], dict[str, Any]]]) -> None:
    """Record some parts, and write the file after each."""
    data: dict[str, Any] = json.loads(out.read_text(encoding="utf-8")) if out.exists() else {}
    for name, part in parts.items():
        start = time.perf_counter()
        try:
            data[name] = part() | {"about": _about()}
            line = "recorded"
        except Exception as error:  # noqa: BLE001 - one part may fail, the file has the reason
            data[name] = {"error": traceback.format_exc()[-2000:]}
            line = f"{type(error).__name__}: {error}"
        text = json.dumps(data, separators=(",", ":"), default=str)
        out.write_text(text + "\n", encoding="utf-8")
        print(
            f"{name}: {line}, {time.perf_counter() - start:.1f} s, {len(text):,} bytes", flush=True
        )


def main() -> None:
    """Record all parts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--second", action="store_true", help="the parts of the second process")
    options = parser.parse_args()
    if options.second:
        _record(options.out, SECOND)
        return
    options.out.unlink(missing_ok=True)
    _record(options.out, FIRST)
    again = [sys.executable, "-m", "reference_impl.memory.record_snapshot", str(options.out)]
    subprocess.run([*again, "--second"], check=False)


if __name__ == "__main__":
    main()
