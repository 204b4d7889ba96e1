"""Recording what PyTorch's allocator does on a GPU, as data: `python -m reference_impl.memory.record_snapshot OUT.json`.

Each part runs in a process of its own, so that its allocator starts empty: the memory levels after a few allocations,
two training steps of a small GPT, and random requests of three kinds. A part that fails leaves its error in the file.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from reference_impl.gpt import GPTConfig
from reference_impl.memory.recording import memory_levels, random_calls, record_training
from reference_impl.memory.snapshot import read_snapshot

MIB = 2**20
STATS = (
    "requested_bytes.all",
    "allocated_bytes.all",
    "active_bytes.all",
    "reserved_bytes.all",
    "inactive_split_bytes.all",
)
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
    stats = torch.cuda.memory_stats()
    found = {
        f"{name}.{kind}": stats.get(f"{name}.{kind}", 0)
        for name in STATS
        for kind in ("current", "peak")
    }
    return found | {name: stats.get(name, 0) for name in COUNTERS}


def _part_levels() -> dict[str, Any]:
    """Record the levels after each of a few allocations."""
    torch.cuda.init()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    start = torch.cuda.mem_get_info()
    rows: list[tuple[str, dict[str, int]]] = [("context", memory_levels())]
    kept = {}
    for name, nbytes in (
        ("one number", 4),
        ("1 MB", 1_000_000),
        ("3 MB", 3_000_000),
        ("25 MB", 25_000_000),
    ):
        kept[name] = torch.empty(nbytes, dtype=torch.uint8, device="cuda")
        rows.append((f"+ {name}", memory_levels()))
    for name in ("3 MB", "25 MB"):
        del kept[name]
        rows.append((f"- {name}", memory_levels()))
    torch.cuda.empty_cache()
    rows.append(("empty_cache", memory_levels()))
    x = torch.ones(512, 512, device="cuda")
    y = x @ x
    torch.cuda.synchronize()
    rows.append(("a product", memory_levels()))
    del x, y
    return {"start": list(start), "rows": rows}


def _part_training() -> dict[str, Any]:
    """Record two steps of a GPT."""
    config = GPTConfig(vocab=8192, context=256, dim=384, layers=4, heads=6)
    snapshot = record_training(config, batch=8)
    sizes = {"vocab": 8192, "context": 256, "dim": 384, "layers": 4, "heads": 6, "batch": 8}
    return {"config": sizes, "stats": _stats(), "snapshot": snapshot.compact()}


def _driver_addresses() -> list[list[Any]]:
    """Return each segment that the driver gave, in order: action, address, bytes."""
    events = read_snapshot(torch.cuda.memory._snapshot()).events
    return [[e.action, e.address, e.size] for e in events if e.action.startswith("segment")]


def _part_random(seed: int, calls: int, limit: int | None, settings: str) -> dict[str, Any]:
    """Record random requests: the address of each, and the counts after it."""
    if settings:
        setter = getattr(torch._C, "_accelerator_setAllocatorSettings", None)
        (setter or torch.cuda.memory._set_allocator_settings)(settings)
    torch.cuda.init()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    allowed = None
    if limit is not None:
        total = torch.cuda.mem_get_info()[1]
        torch.cuda.set_per_process_memory_fraction(limit / total)
        allowed = int(limit / total * total)
    torch.cuda.memory._record_memory_history(max_entries=100_000, stacks="python")
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
    driver = _driver_addresses()
    lowest = min(address for _, address, _ in driver)
    return {
        "seed": seed,
        "calls": calls,
        "capacity": allowed,
        "settings": settings,
        "addresses": [address - lowest if address else None for address in addresses],
        "driver": [[action, address - lowest, size] for action, address, size in driver],
        "allocated": allocated,
        "reserved": reserved,
        "stats": _stats(),
    }


def _part_settings() -> dict[str, Any]:
    """Record which settings the allocator says it has, and what two tensors of 15 MiB make it reserve."""
    torch.cuda.init()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    kept = [torch.empty(15 * MIB, dtype=torch.uint8, device="cuda") for _ in range(2)]
    settings = torch.cuda.memory._snapshot().get("allocator_settings", {})
    return {"settings": settings, "tensors": len(kept), "reserved": torch.cuda.memory_reserved()}


PARTS: dict[str, Callable[[], dict[str, Any]]] = {
    "levels": _part_levels,
    "training": _part_training,
    "random": lambda: _part_random(0, 600, None, ""),
    "random, with a limit": lambda: _part_random(1, 600, 160 * MIB, ""),
    "random, expandable": lambda: _part_random(2, 600, None, "expandable_segments:True"),
    "random, expandable, with a limit": lambda: _part_random(
        4, 500, 200 * MIB, "expandable_segments:True"
    ),
    "PYTORCH_ALLOC_CONF": _part_settings,
    "PYTORCH_CUDA_ALLOC_CONF": _part_settings,
    "random, max_split": lambda: _part_random(3, 500, None, "max_split_size_mb:21"),
}


def _run_part(name: str) -> dict[str, Any]:
    """Run a part in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "part.json"
        command = [
            sys.executable,
            "-m",
            "reference_impl.memory.record_snapshot",
            str(out),
            "--part",
            name,
        ]
        environment = dict(os.environ) | (
            {name: "expandable_segments:True"} if name.startswith("PYTORCH") else {}
        )
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=180, env=environment
        )
        if out.exists():
            found: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
            return found
        return {"error": f"exit {done.returncode}: {done.stderr[-2000:]}"}


def main() -> None:
    """Record all parts, or one, into a file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--part", choices=list(PARTS))
    options = parser.parse_args()
    if options.part:
        try:
            data = PARTS[options.part]() | {"about": _about()}
        except Exception:  # noqa: BLE001 - one part may fail, the record has the reason
            data = {"error": traceback.format_exc()[-2000:]}
    else:
        data = {name: _run_part(name) for name in PARTS}
        for name, part in data.items():
            line = part["error"].strip().splitlines()[-1] if "error" in part else "recorded"
            print(f"{name}: {line}")
    text = json.dumps(data, separators=(",", ":"), default=str)
    options.out.write_text(text + "\n", encoding="utf-8")
    if not options.part:
        print(f"{len(text):,} bytes in {options.out}")


if __name__ == "__main__":
    main()
