"""Every byte that a piece of code allocates and frees, in order, and what each is for.

PyTorch's profiler is told of each allocation on a CPU, those inside kernels too. Which tensor an
address belongs to is asked at the end of each phase.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch._C._profiler import _ExtraFields_Allocation
from torch.autograd.profiler import profile, record_function

__all__ = ["PARTS", "MemoryTimeline", "Moment", "record_steps"]

PARTS = ("parameters", "optimizer", "gradients", "activations", "temporaries")
"""What a byte can be for, from what stays longest to what goes first."""
MARK = "memory timeline "


@dataclass(frozen=True)
class Moment:
    """What is alive after one allocation or free.

    Attributes:
        phase: the phase in which it happened.
        operation: the operation that did it, with those around it: `aten::linear > aten::addmm`.
        nbytes: of the storage; negative where it is freed.
        live: bytes of each part.

    Examples:
        >>> Moment("forward", "aten::mul", 8, {"parameters": 4, "activations": 8}).total
        12
    """

    phase: str
    operation: str
    nbytes: int
    live: dict[str, int]

    @property
    def total(self) -> int:
        """Bytes of all parts."""
        return sum(self.live.values())


@dataclass
class _Allocation:
    part: str
    nbytes: int
    phase: int = -1


@dataclass(frozen=True)
class _Event:
    time: int
    kind: str  # "begin" or "end" of a phase, or "bytes"
    number: int  # of the phase, or how many bytes come, or go
    address: int = 0
    operation: str = ""


def _events(nodes: Iterable[Any], path: tuple[str, ...] = ()) -> Iterator[_Event]:
    """Walk the profiler's tree."""
    for node in nodes:
        if isinstance(node.extra_fields, _ExtraFields_Allocation):
            change = node.extra_fields
            if change.device.type != "cpu":
                continue
            name = " > ".join(path[-2:])
            yield _Event(node.start_time_ns, "bytes", change.alloc_size, change.ptr, name)
        elif node.name.startswith(MARK):
            number = int(node.name.removeprefix(MARK))
            yield _Event(node.start_time_ns, "begin", number)
            yield _Event(node.end_time_ns, "end", number)
            yield from _events(node.children, path)
        else:
            yield from _events(node.children, (*path, node.name))


class MemoryTimeline:
    """A context that records what is alive, by part, after each allocation on a CPU.

    A storage is a parameter, a gradient or the optimizer's if it is found there: on entry, or at the
    end of a phase. It is an activation if it was made in a phase named `forward` and is still there
    at its end. Else it is a temporary. Inputs, and what else was there before, are not counted.
    The profiler writes a line to stderr when it starts and ends; `KINETO_LOG_LEVEL=6` in the
    environment silences it.

    Args:
        model: its parameters and buffers are there from the start.
        optimizer: whose state is looked at.

    Attributes:
        moments: one for each allocation and free, once the context has ended.

    Raises:
        RuntimeError: a phase outside of the context, or inside another one.

    Examples:
        >>> model = nn.Linear(100, 100, bias=False)  # 40,000 bytes
        >>> optimizer = torch.optim.SGD(model.parameters(), foreach=False)
        >>> with MemoryTimeline(model, optimizer) as timeline:
        ...     with timeline.phase("forward"):
        ...         loss = model(torch.ones(1, 100)).sum()
        ...     with timeline.phase("backward"):
        ...         loss.backward()
        >>> timeline.moments[-1].live["gradients"]
        40000
        >>> timeline.peak("forward"), timeline.peak("backward")
        (40804, 80808)
    """

    def __init__(self, model: nn.Module, optimizer: torch.optim.Optimizer | None = None) -> None:
        self._model, self._optimizer = model, optimizer
        self._profile: Any = None
        self._phases: list[str] = []
        self._found: list[dict[int, tuple[str, int]]] = []  # at both ends of each phase
        self._before: dict[int, _Allocation] = {}
        self.moments: list[Moment] = []

    def _parts(self) -> Iterator[tuple[str, Tensor]]:
        for tensor in (*self._model.parameters(), *self._model.buffers()):
            yield "parameters", tensor
        for weight in self._model.parameters():
            if weight.grad is not None:
                yield "gradients", weight.grad
        for state in self._optimizer.state.values() if self._optimizer else ():
            for value in state.values():
                if isinstance(value, Tensor):
                    yield "optimizer", value

    def _addresses(self) -> dict[int, tuple[str, int]]:
        storages = [(part, tensor.untyped_storage()) for part, tensor in self._parts()]
        return {s.data_ptr(): (part, s.nbytes()) for part, s in storages}

    def __enter__(self) -> "MemoryTimeline":
        self._before = {
            address: _Allocation(part, nbytes)
            for address, (part, nbytes) in self._addresses().items()
        }
        self._profile = profile(profile_memory=True, use_kineto=True)
        self._profile.__enter__()
        return self

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Name what runs inside.

        Args:
            name: `forward`, or any other.

        Raises:
            RuntimeError: the context has not begun, or another phase has not ended.
        """
        if self._profile is None or len(self._found) < 2 * len(self._phases):
            raise RuntimeError(f"expected phase {name!r} inside the context, and in no other phase")
        number = len(self._phases)
        self._phases.append(name)
        self._found.append(self._addresses())  # at the start; again at the end
        try:
            with record_function(f"{MARK}{number}"):
                yield
        finally:
            self._found.append(self._addresses())

    def __exit__(self, *exception: object) -> None:
        self._profile.__exit__(*exception)
        tree = self._profile.kineto_results.experimental_event_tree()
        self._profile = None
        self.moments = self._added_up(sorted(_events(tree), key=lambda event: event.time))

    def _added_up(self, events: "Iterable[_Event]") -> "list[Moment]":
        """Go through the events: find out what each storage is for, then add up."""
        alive, phase, changes = dict(self._before), -1, []
        for event in events:
            if event.kind == "bytes":
                gone = alive.pop(event.address, None)  # else it is from before, and of no part
                if gone:
                    changes.append((phase, event.operation, -gone.nbytes, gone))
                if event.number > 0:
                    made = alive[event.address] = _Allocation("temporaries", event.number, phase)
                    changes.append((phase, event.operation, event.number, made))
                continue
            found = self._found[2 * event.number + (event.kind == "end")]
            for address, gone in self._before.items():  # of these the profiler may not tell the end
                if address not in found and alive.get(address) is gone:
                    del alive[address]
                    changes.append((phase, "", -gone.nbytes, gone))
            self._tell_parts(alive, found, phase)
            phase = event.number if event.kind == "begin" else -1
        live = Counter(dict.fromkeys(PARTS, 0))
        for before in self._before.values():
            live[before.part] += before.nbytes
        moments = []
        for phase, operation, nbytes, allocation in changes:
            live[allocation.part] += nbytes
            name = self._phases[phase] if phase >= 0 else ""
            moments.append(Moment(name, operation, nbytes, dict(live)))
        return moments

    def _tell_parts(
        self,
        alive: "dict[int, _Allocation]",
        found: "dict[int, tuple[str, int]]",
        phase: "int",
    ) -> "None":
        """Say of what is alive what it is for."""
        for address, allocation in alive.items():
            if address in found:
                allocation.part = found[address][0]
            elif phase >= 0 and self._phases[phase] == "forward" and allocation.phase == phase:
                allocation.part = "activations"

    def worst(self, phase: str | None = None) -> Moment:
        """Return the moment at which most is alive.

        Args:
            phase: in which to look; everywhere by default.

        Raises:
            ValueError: nothing was allocated there.
        """
        moments = [m for m in self.moments if phase is None or m.phase == phase]
        if not moments:
            raise ValueError(f"expected an allocation in phase {phase!r}, got none")
        return max(moments, key=lambda moment: moment.total)

    def peak(self, phase: str | None = None) -> int:
        """Return the most bytes that are alive at once. Arguments and errors are those of `worst`."""
        return self.worst(phase).total


def record_steps(
    model: "nn.Module",
    optimizer: "torch.optim.Optimizer",
    losses: "Iterable[Callable[[], Tensor]]",
    *,
    set_to_none: "bool" = True,
) -> "list[MemoryTimeline]":
    """Make a training step for each loss, and record each.

    Args:
        model: what is trained.
        optimizer: of its parameters.
        losses: each returns the loss of one step.
        set_to_none: how `zero_grad` clears the gradients, at the start of a step.

    Examples:
        >>> model, x = nn.Linear(100, 100), torch.ones(1, 100)
        >>> optimizer = torch.optim.AdamW(model.parameters(), foreach=False)
        >>> steps = record_steps(model, optimizer, 2 * [lambda: model(x).sum()])
        >>> [step.worst().phase for step in steps]
        ['step', 'step']
    """
    timelines = []
    for loss in losses:
        with MemoryTimeline(model, optimizer) as timeline:
            optimizer.zero_grad(set_to_none=set_to_none)
            with timeline.phase("forward"):
                found = loss()
            with timeline.phase("backward"):
                found.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
            with timeline.phase("step"):
                optimizer.step()
        timelines.append(timeline)
    return timelines
