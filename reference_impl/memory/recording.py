"""What is recorded of an allocator: training steps of a small GPT on a GPU, and random requests."""

import random
from collections.abc import Iterable, Iterator
from itertools import count
from typing import NamedTuple

import torch

from reference_impl.gpt import GPT, GPTConfig
from reference_impl.memory.caching_allocator import CachingAllocator
from reference_impl.memory.snapshot import Snapshot, read_snapshot

__all__ = ["Call", "CallRun", "memory_levels", "random_calls", "record_training", "run_calls"]

MIB = 2**20


class Call(NamedTuple):
    """A request to an allocator.

    Attributes:
        action: `malloc`, `free` or `empty`.
        name: which block is meant.
        nbytes: of a `malloc`.
    """

    action: str
    name: int
    nbytes: int


def random_calls(calls: int, seed: int, most: int = 300 * MIB) -> Iterator[Call]:
    """Yield random requests, in which sizes come back and all scales occur.

    The first two blocks, a small and a large one, are never freed.

    Args:
        calls: how many.
        seed: of the sizes and the order.
        most: bytes above which more is freed than asked for.

    Examples:
        >>> list(random_calls(3, seed=0))[:2]
        [Call(action='malloc', name=0, nbytes=1000), Call(action='malloc', name=1, nbytes=2097152)]
    """
    draw = random.Random(seed)  # noqa: S311 - sizes, no secrets
    sizes = [int(2 ** draw.uniform(0, 25)) for _ in range(40)] + [4, 512, 513, MIB, MIB + 1]
    sizes += [10 * MIB - 1, 10 * MIB, 20 * MIB, 19 * MIB - 512, 19 * MIB]
    yield Call("malloc", 0, 1000)
    yield Call("malloc", 1, 2 * MIB)
    live: dict[int, int] = {}
    names = count(2)
    for _ in range(calls - 2):
        full = sum(live.values()) > most
        if draw.random() < 0.01:
            yield Call("empty", 0, 0)
        elif live and draw.random() < (0.7 if full else 0.45):
            name = draw.choice(list(live))
            yield Call("free", name, live.pop(name))
        else:
            name = next(names)
            live[name] = draw.choice(sizes)
            yield Call("malloc", name, live[name])


class CallRun(NamedTuple):
    """What requests got.

    Attributes:
        addresses: of each `malloc`, or None where there was no memory.
        allocated: bytes of the blocks in use after each request.
        reserved: bytes of all segments after each request.
    """

    addresses: list[int | None]
    allocated: list[int]
    reserved: list[int]


def run_calls(allocator: CachingAllocator, calls: Iterable[Call]) -> CallRun:
    """Make requests of an allocator of our own.

    Examples:
        >>> run_calls(CachingAllocator(), random_calls(2, seed=0)).reserved
        [2097152, 23068672]
    """
    live: dict[int, int] = {}
    done = CallRun([], [], [])
    for call in calls:
        if call.action == "malloc":
            try:
                live[call.name] = allocator.malloc(call.nbytes)
                done.addresses.append(live[call.name])
            except torch.OutOfMemoryError:
                done.addresses.append(None)
        elif call.action == "empty":
            allocator.empty_cache()
        elif call.name in live:
            allocator.free(live.pop(call.name))
        done.allocated.append(allocator.allocated)
        done.reserved.append(allocator.reserved)
    return done


LEVELS = ("requested", "allocated", "active", "reserved", "inactive_split")


def memory_levels() -> dict[str, int]:
    """Return what PyTorch's allocator counts on the current GPU, and what the driver has given to anyone, in bytes."""
    stats = torch.cuda.memory_stats()
    levels = {name: int(stats.get(f"{name}_bytes.all.current", 0)) for name in LEVELS}
    free, total = torch.cuda.mem_get_info()
    return levels | {"driver": total - free}


# --8<-- [start:recording_training]
def record_training(config: "GPTConfig", batch: int, steps: int = 2) -> "Snapshot":
    """Make training steps with AdamW on a GPU, and return what the allocator did, from the first byte on.

    Args:
        config: sizes of the model.
        batch: sequences of the full context in a step.
        steps: how many.

    Returns:
        The snapshot. Its `about` has the names of its marks, the ends of the parts of a step, and the levels there.
    """
    torch.cuda.init()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    torch.cuda.memory._record_memory_history(max_entries=100_000, stacks="python")
    torch.manual_seed(0)
    marks: list[str] = []
    levels: list[dict[str, int]] = []

    def mark(name: str) -> None:
        torch.cuda.memory._snapshot()  # leaves an entry in the record
        marks.append(name)
        levels.append(memory_levels())

    model = GPT(config).cuda()
    optimizer = torch.optim.AdamW(model.parameters())
    ids, targets = torch.randint(config.vocab, (2, batch, config.context), device="cuda")
    mark("model")
    for step in range(1, steps + 1):
        loss = model.loss(ids, targets)
        mark(f"forward {step}")
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        mark(f"backward {step}")
        optimizer.step()
        mark(f"step {step}")
        optimizer.zero_grad()
        del loss
        mark(f"zero_grad {step}")
    data = torch.cuda.memory._snapshot()
    torch.cuda.memory._record_memory_history(enabled=None)
    return read_snapshot(data, about={"marks": marks, "levels": levels})


# --8<-- [end:recording_training]
