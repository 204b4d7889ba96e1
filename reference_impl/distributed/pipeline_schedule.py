"""Pipeline schedules as lists of actions: built, checked, and simulated without a process.

GPipe: Huang et al., [*GPipe*](https://arxiv.org/abs/1811.06965). 1F1B: Harlap et al.,
[*PipeDream*](https://arxiv.org/abs/1806.03377). With a flush, and interleaved: Narayanan et al.,
[*Efficient large-scale language model training on GPU clusters*](https://arxiv.org/abs/2104.04473). ZB-H1: Qi et al.,
[*Zero bubble pipeline parallelism*](https://arxiv.org/abs/2401.10241). Their p is `ranks`, their m `micro_batches`,
their v `chunks`.
"""

# --8<-- [start:schedule_imports]
from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

# --8<-- [end:schedule_imports]

__all__ = [
    "Action",
    "Event",
    "Schedule",
    "Timeline",
    "Times",
    "check_schedule",
    "gpipe",
    "interleaved",
    "one_f_one_b",
    "pipedream",
    "simulate",
    "zero_bubble",
]


class Action(NamedTuple):
    """What a rank does with one micro-batch.

    Attributes:
        kind: `F` forward, `B` backward, `W` the gradients of the weights. Where a schedule has `W`,
            its `B` makes the gradient of the input only.
        micro_batch: its number, from 0.
        chunk: which of the rank's chunks of layers, from 0.

    Examples:
        >>> print(Action("F", 3), Action("B", 0, chunk=1))
        F3 B0.1
    """

    kind: str
    micro_batch: int
    chunk: int = 0

    def __str__(self) -> str:
        return f"{self.kind}{self.micro_batch}" + (f".{self.chunk}" if self.chunk else "")


class Event(NamedTuple):
    """An action with its place and time.

    Attributes:
        rank: who does it.
        action: what.
        start: when it begins.
        end: when it ends.

    Examples:
        >>> print(Event(0, Action("F", 2), 2.0, 3.0).action)
        F2
    """

    rank: int
    action: Action
    start: float
    end: float


@dataclass(frozen=True)
class Schedule:
    """The order of the actions of each rank.

    Layers are cut into `ranks * chunks` stages. Stage `s` is chunk `s // ranks` of rank `s % ranks`.

    Attributes:
        name: for a reader.
        ranks: number of processes.
        micro_batches: into how many a batch is cut.
        chunks: pieces of layers on each rank.
        orders: the actions of each rank, in their order.

    Examples:
        >>> schedule = gpipe(ranks=2, micro_batches=2)
        >>> print(*schedule.orders[0])
        F0 F1 B0 B1
        >>> schedule.stage(1, chunk=0), schedule.stages
        (1, 2)
    """

    name: str
    ranks: int
    micro_batches: int
    chunks: int
    orders: tuple[tuple[Action, ...], ...]

    @property
    def stages(self) -> int:
        """Into how many pieces the layers are cut."""
        return self.ranks * self.chunks

    @property
    def splits_backward(self) -> bool:
        """Whether the gradients of the weights are actions of their own."""
        return any(action.kind == "W" for order in self.orders for action in order)

    def stage(self, rank: int, chunk: int) -> int:
        """Return the stage that a chunk of a rank is."""
        return chunk * self.ranks + rank

    def place(self, stage: int) -> tuple[int, int]:
        """Return the rank and the chunk of a stage."""
        return stage % self.ranks, stage // self.ranks

    def needs(self, rank: int, action: Action) -> list[tuple[int, Action]]:
        """Return what must be done before an action, each with the rank that does it."""
        kind, micro_batch, chunk = action
        stage = self.stage(rank, chunk)
        if kind == "F":
            before = [] if stage == 0 else [("F", stage - 1)]
        elif kind == "B":
            before = [("F", stage)] + ([("B", stage + 1)] if stage + 1 < self.stages else [])
        else:
            before = [("B", stage)]
        found = []
        for other, at in before:
            there, its_chunk = self.place(at)
            found.append((there, Action(other, micro_batch, its_chunk)))
        return found


def _check_sizes(ranks: int, micro_batches: int, chunks: int = 1) -> None:
    sizes = {"ranks": ranks, "micro_batches": micro_batches, "chunks": chunks}
    if min(sizes.values()) < 1:
        raise ValueError(f"expected sizes of at least 1, got {sizes}")


# --8<-- [start:schedule_gpipe]
def gpipe(ranks: int, micro_batches: int) -> "Schedule":
    """Return GPipe's schedule: all forwards, then all backwards.

    Args:
        ranks: number of processes.
        micro_batches: into how many a batch is cut.

    Raises:
        ValueError: a size is less than 1.

    Examples:
        >>> simulate(gpipe(4, 8)).peak(0)
        8.0
    """
    _check_sizes(ranks, micro_batches)
    order = [Action("F", i) for i in range(micro_batches)]
    order += [Action("B", i) for i in range(micro_batches)]
    return Schedule("GPipe", ranks, micro_batches, 1, (tuple(order),) * ranks)


# --8<-- [end:schedule_gpipe]
# --8<-- [start:schedule_1f1b]
def _one_f_one_b(ranks: int, micro_batches: int, rank: int) -> "list[Action]":
    """Return the order of a rank: fill the pipeline, then one forward, one backward, then drain."""
    warm_up = min(micro_batches, ranks - 1 - rank)
    order = [Action("F", i) for i in range(warm_up)]
    for i in range(micro_batches - warm_up):
        order += [Action("F", warm_up + i), Action("B", i)]
    return order + [Action("B", i) for i in range(micro_batches - warm_up, micro_batches)]


# --8<-- [end:schedule_1f1b]


def one_f_one_b(ranks: int, micro_batches: int) -> "Schedule":
    """Return 1F1B with a flush: as soon as a backward can be done, forwards and backwards alternate.

    Args:
        ranks: number of processes.
        micro_batches: into how many a batch is cut.

    Raises:
        ValueError: a size is less than 1.

    Examples:
        >>> print(*one_f_one_b(2, 3).orders[0])
        F0 F1 B0 F2 B1 B2
        >>> [simulate(one_f_one_b(4, 8)).peak(rank) for rank in range(4)]
        [4.0, 3.0, 2.0, 1.0]
    """
    _check_sizes(ranks, micro_batches)
    orders = tuple(tuple(_one_f_one_b(ranks, micro_batches, rank)) for rank in range(ranks))
    return Schedule("1F1B", ranks, micro_batches, 1, orders)


def pipedream(ranks: int, mini_batches: int) -> "Schedule":
    """Return PipeDream's schedule: 1F1B over the mini-batches of a whole training, without a flush.

    Each backward is followed by an update of that rank's weights.

    Args:
        ranks: number of processes.
        mini_batches: number of updates.

    Raises:
        ValueError: a size is less than 1.

    Examples:
        >>> timeline = simulate(pipedream(4, 100))
        >>> round(timeline.bubble, 3)
        0.029
    """
    synchronous = one_f_one_b(ranks, mini_batches)
    return Schedule("PipeDream", ranks, mini_batches, 1, synchronous.orders)


def interleaved(ranks: int, micro_batches: int, chunks: int) -> "Schedule":
    """Return interleaved 1F1B: each rank holds several chunks of layers, far apart in the model.

    Args:
        ranks: number of processes.
        micro_batches: into how many a batch is cut; a multiple of `ranks`.
        chunks: pieces of layers on each rank.

    Raises:
        ValueError: a size is less than 1, or `ranks` does not divide `micro_batches`.

    Examples:
        >>> print(*interleaved(2, 2, chunks=2).orders[1])
        F0 F1 F0.1 B0.1 F1.1 B1.1 B0 B1
    """
    _check_sizes(ranks, micro_batches, chunks)
    if micro_batches % ranks:
        raise ValueError(
            f"expected micro_batches to be a multiple of the {ranks} ranks, got {micro_batches}"
        )
    orders = tuple(_interleaved(ranks, micro_batches, chunks, rank) for rank in range(ranks))
    return Schedule(f"interleaved 1F1B, {chunks} chunks", ranks, micro_batches, chunks, orders)


def _interleaved(ranks: int, micro_batches: int, chunks: int, rank: int) -> tuple[Action, ...]:
    """Return the order of a rank: groups of `ranks` micro-batches go through its chunks in turn."""
    forwards, backwards = [], []
    for first in range(0, micro_batches, ranks):
        for chunk in range(chunks):
            forwards += [Action("F", first + i, chunk) for i in range(ranks)]
            backwards += [Action("B", first + i, chunks - 1 - chunk) for i in range(ranks)]
    warm_up = min(len(forwards), (chunks - 1) * ranks + 2 * (ranks - 1 - rank))
    order = forwards[:warm_up]
    for forward, backward in zip(forwards[warm_up:], backwards, strict=False):
        order += [forward, backward]
    return (*order, *backwards[len(forwards) - warm_up :])


def zero_bubble(ranks: int, micro_batches: int) -> "Schedule":
    """Return ZB-H1: 1F1B with the gradients of the weights put off into what would be idle time.

    Args:
        ranks: number of processes.
        micro_batches: into how many a batch is cut.

    Raises:
        ValueError: a size is less than 1.

    Examples:
        >>> print(*zero_bubble(2, 3).orders[1])
        F0 B0 F1 B1 W0 F2 B2 W1 W2
    """
    _check_sizes(ranks, micro_batches)
    orders = tuple(
        _put_off(_one_f_one_b(ranks, micro_batches, rank), rank) for rank in range(ranks)
    )
    return Schedule("zero bubble, ZB-H1", ranks, micro_batches, 1, orders)


# --8<-- [start:schedule_zero_bubble]
def _put_off(order: "list[Action]", by: int) -> "tuple[Action, ...]":
    """Return the order with `W` actions: each comes `by` backwards later than its own."""
    out: list[Action] = []
    for action in order:
        out.append(action)
        if action.kind == "B" and action.micro_batch >= by:
            out.append(Action("W", action.micro_batch - by))
    backwards = sum(action.kind == "B" for action in order)
    return (*out, *(Action("W", i) for i in range(max(0, backwards - by), backwards)))


# --8<-- [end:schedule_zero_bubble]


def check_schedule(schedule: Schedule) -> None:
    """Check that a schedule does everything once and can be run to its end.

    Args:
        schedule: what to check.

    Raises:
        ValueError: an action is missing, unknown, or done twice, or ranks wait for each other for
            ever; the message names the actions.

    Examples:
        >>> check_schedule(one_f_one_b(4, 8))
        >>> orders = ((Action("B", 0), Action("F", 0)),)
        >>> check_schedule(Schedule("backwards", 1, 1, 1, orders))
        Traceback (most recent call last):
        ValueError: backwards can't go on: rank 0 is at B0 and waits for F0 of rank 0
    """
    _check_actions(schedule)
    _run(schedule, Times())


def _check_actions(schedule: Schedule) -> None:
    """Raise unless each rank does each action once."""
    if len(schedule.orders) != schedule.ranks:
        raise ValueError(f"expected {schedule.ranks} orders, got {len(schedule.orders)}")
    kinds = "FBW" if schedule.splits_backward else "FB"
    wanted = {
        Action(kind, i, chunk)
        for kind in kinds
        for i in range(schedule.micro_batches)
        for chunk in range(schedule.chunks)
    }
    for rank, order in enumerate(schedule.orders):
        counts = Counter(order)
        for action in sorted(wanted | set(counts)):
            if action not in wanted:
                raise ValueError(f"{schedule.name} has no {action}, but rank {rank} does it")
            if counts[action] != 1:
                how = "never" if counts[action] == 0 else f"{counts[action]} times"
                raise ValueError(f"expected rank {rank} to do {action} once, it does it {how}")


@dataclass(frozen=True)
class Times:
    """How long things take, in any unit. A rank's whole share of the layers counts, not one chunk.

    Attributes:
        forward: of one micro-batch.
        input_grad: backward, the gradient of the input.
        weight_grad: backward, the gradients of the weights.
        transfer: from rank to rank; the ranks go on computing meanwhile.

    Examples:
        >>> Times().backward
        2.0
    """

    forward: float = 1.0
    input_grad: float = 1.0
    weight_grad: float = 1.0
    transfer: float = 0.0

    def __post_init__(self) -> None:
        if min(self.forward, self.input_grad, self.weight_grad) <= 0 or self.transfer < 0:
            raise ValueError(f"expected times above 0 and a transfer of at least 0, got {self}")

    @property
    def backward(self) -> float:
        """Both halves of backward."""
        return self.input_grad + self.weight_grad


@dataclass(frozen=True)
class Timeline:
    """When each action of a schedule happens.

    Attributes:
        schedule: what was simulated.
        times: how long its actions take.
        events: in the order of the ranks, then of time.

    Examples:
        >>> timeline = simulate(gpipe(2, 2), Times(input_grad=0.5, weight_grad=0.5))
        >>> print(timeline.text())
        0  F0 F1 .  .  B0 B1
        1  .  F0 F1 B0 B1 .
    """

    schedule: Schedule
    times: Times
    events: tuple[Event, ...]

    @property
    def total(self) -> float:
        """From the first start to the last end."""
        return max(event.end for event in self.events)

    @property
    def ideal(self) -> float:
        """What one rank works: the total, if nobody ever waited."""
        return self.schedule.micro_batches * (self.times.forward + self.times.backward)

    @property
    def bubble(self) -> float:
        """Idle time as a share of the total, over all ranks."""
        return 1 - self.ideal / self.total

    @property
    def bubble_of_ideal(self) -> float:
        """Idle time of a rank as a share of its working time."""
        return self.total / self.ideal - 1

    def peak(self, rank: int) -> float:
        """Return how many micro-batches' activations a rank holds at most.

        One counts from the start of its forward to the end of its last backward action. A chunk
        holds `1 / chunks` of what the whole rank does.

        Args:
            rank: which.
        """
        last = "W" if self.schedule.splits_backward else "B"
        held = most = 0
        for action in self.schedule.orders[rank]:
            held += action.kind == "F"
            most = max(most, held)
            held -= action.kind == last
        return most / self.schedule.chunks

    def text(self, unit: float = 1.0) -> str:
        """Return a drawing: a line for each rank, a column for each unit of time.

        Args:
            unit: length of a column.
        """
        columns = round(self.total / unit)
        width = max(len(str(event.action)) for event in self.events)
        lines = []
        for rank in range(self.schedule.ranks):
            cells = ["."] * columns
            for event in self.events:
                if event.rank == rank:
                    for column in range(round(event.start / unit), round(event.end / unit)):
                        cells[column] = str(event.action)
            lines.append(f"{rank}  " + " ".join(cell.ljust(width) for cell in cells).rstrip())
        return "\n".join(lines)


def simulate(schedule: Schedule, times: Times | None = None) -> Timeline:
    """Return when each action happens if each starts as soon as its rank and its input are there.

    Args:
        schedule: checked first.
        times: how long things take; by default backward takes twice as long as forward.

    Raises:
        ValueError: the schedule can't be run, see `check_schedule`.

    Examples:
        >>> timeline = simulate(gpipe(ranks=4, micro_batches=8))
        >>> timeline.total, round(timeline.bubble, 3), timeline.bubble_of_ideal
        (33.0, 0.273, 0.375)
    """
    _check_actions(schedule)
    times = times or Times()
    return Timeline(schedule, times, tuple(sorted(_run(schedule, times), key=_by_rank_and_time)))


def _by_rank_and_time(event: Event) -> tuple[int, float]:
    return event.rank, event.start


def _duration(schedule: Schedule, times: Times, kind: str) -> float:
    whole = {"F": times.forward, "B": times.backward, "W": times.weight_grad}
    if schedule.splits_backward:
        whole["B"] = times.input_grad
    return whole[kind] / schedule.chunks


# --8<-- [start:schedule_run]
def _run(schedule: "Schedule", times: "Times") -> "list[Event]":
    """Do the actions in any order that the ranks' own orders and the needs of each allow."""
    ends: dict[tuple[int, Action], float] = {}
    clock, done = [0.0] * schedule.ranks, [0] * schedule.ranks
    events: list[Event] = []
    while any(n < len(order) for n, order in zip(done, schedule.orders, strict=True)):
        went_on = False
        for rank, order in enumerate(schedule.orders):
            while done[rank] < len(order):
                action = order[done[rank]]
                needs = schedule.needs(rank, action)
                if any(need not in ends for need in needs):
                    break
                there = [ends[need] + times.transfer * (need[0] != rank) for need in needs]
                start = max([clock[rank], *there])
                clock[rank] = start + _duration(schedule, times, action.kind)
                ends[rank, action] = clock[rank]
                events.append(Event(rank, action, start, clock[rank]))
                done[rank] += 1
                went_on = True
        if not went_on:
            raise ValueError(f"{schedule.name} can't go on: {_stuck(schedule, done, ends)}")
    return events


# --8<-- [end:schedule_run]


def _stuck(schedule: Schedule, done: list[int], ends: dict[tuple[int, Action], float]) -> str:
    """Say at which action each rank stands and what it waits for."""
    lines = []
    for rank, order in enumerate(schedule.orders):
        if done[rank] < len(order):
            action = order[done[rank]]
            needs = [need for need in schedule.needs(rank, action) if need not in ends]
            missing = " and ".join(f"{need} of rank {there}" for there, need in needs)
            lines.append(f"rank {rank} is at {action} and waits for {missing}")
    return "; ".join(lines)
