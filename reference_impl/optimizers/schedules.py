"""Learning-rate schedules as functions of the step, and the scheduler that applies one.

A schedule takes the number of the step, counted from 0, and the rate that a group began with, and
returns the rate for that step. It has no state: the same step gives the same rate, whatever came
before. PyTorch's schedulers compute most rates from the rate before; where nothing else changes the
rate, both give the same numbers.
"""

# --8<-- [start:imports]
import bisect
import math
from collections.abc import Callable, Sequence
from typing import Any, Protocol, runtime_checkable

Schedule = Callable[[int, float], float]

# --8<-- [end:imports]


def _whole(**counts: int) -> None:
    for name, count in counts.items():
        if not isinstance(count, int) or count < 1:
            raise ValueError(f"expected {name} to be a whole number of at least 1, got {count!r}")


def constant(factor: float = 1.0, steps: int = 0) -> Schedule:
    """Multiply by `factor` for the first `steps` steps, then by nothing.

    >>> [constant(0.5, 2)(step, 1.0) for step in range(4)]
    [0.5, 0.5, 1.0, 1.0]
    """
    return lambda step, base: base * factor if step < steps else base


# --8<-- [start:step_decay]
def step_decay(every: int, gamma: float = 0.1) -> Schedule:
    """Multiply by `gamma` after every so many steps.

    >>> [step_decay(2, 0.5)(step, 1.0) for step in range(5)]
    [1.0, 1.0, 0.5, 0.5, 0.25]
    """
    _whole(every=every)
    return lambda step, base: base * gamma ** (step // every)


# --8<-- [end:step_decay]


def multi_step_decay(milestones: Sequence[int], gamma: float = 0.1) -> Schedule:
    """Multiply by `gamma` at each of the milestones.

    >>> [multi_step_decay([1, 3], 0.5)(step, 1.0) for step in range(5)]
    [1.0, 0.5, 0.5, 0.25, 0.25]
    """
    ordered = sorted(milestones)
    return lambda step, base: base * gamma ** bisect.bisect_right(ordered, step)


def exponential(gamma: float) -> Schedule:
    """Multiply by `gamma` in every step.

    >>> [exponential(0.5)(step, 1.0) for step in range(4)]
    [1.0, 0.5, 0.25, 0.125]
    """
    return lambda step, base: float(base * gamma**step)


# --8<-- [start:linear]
def linear(start_factor: float, end_factor: float, steps: int) -> Schedule:
    """Go from one multiple of the rate to another in `steps` steps, and stay there.

    >>> [linear(0.5, 1.0, 2)(step, 1.0) for step in range(4)]
    [0.5, 0.75, 1.0, 1.0]
    """
    _whole(steps=steps)

    def schedule(step: int, base: float) -> float:
        return base * (start_factor + (end_factor - start_factor) * min(step / steps, 1.0))

    return schedule


# --8<-- [end:linear]


def polynomial(steps: int, power: float = 1.0) -> Schedule:
    """Fall to 0 in `steps` steps as a power of the part that is left.

    >>> [polynomial(2, 2.0)(step, 1.0) for step in range(4)]
    [1.0, 0.25, 0.0, 0.0]
    """
    _whole(steps=steps)
    return lambda step, base: float(base * (1 - min(step / steps, 1.0)) ** power)


# --8<-- [start:cosine]
def cosine(steps: int, minimum: float = 0.0) -> Schedule:
    """Follow half a cosine down to `minimum` at `steps`. Beyond that it rises again.

    That is the closed form in section 3 of [SGDR](https://arxiv.org/abs/1608.03983).

    >>> [round(cosine(4)(step, 1.0), 2) for step in range(7)]
    [1.0, 0.85, 0.5, 0.15, 0.0, 0.15, 0.5]
    """
    _whole(steps=steps)

    def schedule(step: int, base: float) -> float:
        return minimum + (base - minimum) * (1 + math.cos(math.pi * step / steps)) / 2

    return schedule


# --8<-- [end:cosine]


def warm_restarts(first: int, multiply: int = 1, minimum: float = 0.0) -> Schedule:
    """Follow a cosine down again and again; each cycle is `multiply` times as long as the last.

    [SGDR](https://arxiv.org/abs/1608.03983): `first` is its T_0 and `multiply` its T_mult.

    >>> [round(warm_restarts(2, 2)(step, 1.0), 2) for step in range(7)]
    [1.0, 0.5, 1.0, 0.85, 0.5, 0.15, 1.0]
    """
    _whole(first=first, multiply=multiply)

    def schedule(step: int, base: float) -> float:
        length = first
        while step >= length:
            step -= length
            length *= multiply
        return cosine(length, minimum)(step, base)

    return schedule


def triangular(half: int, top: float) -> Schedule:
    """Go from the group's rate up to `top` in `half` steps, and down again, over and over.

    The triangular policy of [Smith](https://arxiv.org/abs/1506.01186), section 3.

    >>> [triangular(2, 3.0)(step, 1.0) for step in range(6)]
    [1.0, 2.0, 3.0, 2.0, 1.0, 2.0]
    """
    _whole(half=half)
    return lambda step, base: base + (top - base) * (1 - abs(step % (2 * half) / half - 1))


def one_cycle(
    total: int,
    rise: float = 0.3,
    start_divisor: float = 25.0,
    end_divisor: float = 1e4,
    anneal: str = "cos",
) -> Schedule:
    """Rise to the group's rate, then fall far below where it began; `total` steps in all.

    [Smith and Topin](https://arxiv.org/abs/1708.07120), in the form with two phases that PyTorch
    uses. The group's rate is the highest one, PyTorch's `max_lr`. Momentum is left alone, as with
    PyTorch's `cycle_momentum=False`.

    Args:
        total: number of steps.
        rise: the part of them that goes up.
        start_divisor: the first rate is the highest divided by this.
        end_divisor: the last rate is the first divided by this.
        anneal: `"cos"` or `"linear"`.

    >>> [round(one_cycle(7, rise=0.4, anneal="linear")(step, 1.0), 3) for step in range(7)]
    [0.04, 0.573, 0.952, 0.714, 0.476, 0.238, 0.0]
    """
    if anneal not in ("cos", "linear"):
        raise ValueError(f"expected anneal to be 'cos' or 'linear', got {anneal!r}")
    if not 1 < rise * total < total:
        raise ValueError(f"expected a rise of more than 1 of {total} steps, got {rise * total}")

    def schedule(step: int, base: float) -> float:
        if step > total:
            raise ValueError(f"expected a step up to {total}, the length of the cycle, got {step}")
        low = base / start_divisor
        peak, last = rise * total - 1, total - 1
        if step <= peak:
            start, end, part = low, base, step / peak
        else:
            start, end, part = base, low / end_divisor, (step - peak) / (last - peak)
        return start + (end - start) * (
            (1 - math.cos(math.pi * part)) / 2 if anneal == "cos" else part
        )

    return schedule


# --8<-- [start:combined]
def sequential(schedules: Sequence[Schedule], milestones: Sequence[int]) -> Schedule:
    """Follow one schedule up to each milestone. Each counts its steps from its own start.

    >>> both = sequential([linear(0.5, 1.0, 2), exponential(0.5)], milestones=[2])
    >>> [both(step, 1.0) for step in range(5)]
    [0.5, 0.75, 1.0, 0.5, 0.25]
    """
    if len(milestones) != len(schedules) - 1:
        raise ValueError(f"expected {len(schedules) - 1} milestones, got {len(milestones)}")
    if list(milestones) != sorted(milestones):
        raise ValueError(f"expected rising milestones, got {list(milestones)}")

    def schedule(step: int, base: float) -> float:
        i = bisect.bisect_right(milestones, step)
        return schedules[i](step - (milestones[i - 1] if i else 0), base)

    return schedule


def chained(*schedules: Schedule) -> Schedule:
    """Apply several schedules at once: the rate from one is where the next begins.

    >>> both = chained(constant(0.5, 2), exponential(0.5))
    >>> [both(step, 1.0) for step in range(4)]
    [0.5, 0.25, 0.25, 0.125]
    """

    def schedule(step: int, base: float) -> float:
        for each in schedules:
            base = each(step, base)
        return base

    return schedule


# --8<-- [end:combined]


# --8<-- [start:warmup_cosine]
def warmup_cosine(
    warmup: int, total: int, minimum: float = 0.0, start_factor: float = 0.01
) -> Schedule:
    """Rise linearly for `warmup` steps, follow a cosine down until `total`, and stay there.

    >>> [round(warmup_cosine(2, 6)(step, 1.0), 2) for step in range(8)]
    [0.01, 0.51, 1.0, 0.85, 0.5, 0.15, 0.0, 0.0]
    """
    _whole(warmup=warmup, **{"total - warmup": total - warmup})
    parts = [linear(start_factor, 1.0, warmup), cosine(total - warmup, minimum)]
    both = sequential(parts, [warmup])
    return lambda step, base: both(min(step, total), base)


# --8<-- [end:warmup_cosine]


def warmup_stable_decay(
    warmup: int, stable: int, decay: int, start_factor: float = 0.01, end_factor: float = 0.0
) -> Schedule:
    """Rise linearly, stay, fall linearly: how long it stays can be decided on the way.

    The schedule of [MiniCPM](https://arxiv.org/abs/2404.06395), section 4, with a linear decay.

    >>> [round(warmup_stable_decay(2, 2, 2)(step, 1.0), 2) for step in range(8)]
    [0.01, 0.51, 1.0, 1.0, 1.0, 0.5, 0.0, 0.0]
    """
    parts = [linear(start_factor, 1.0, warmup), constant(), linear(1.0, end_factor, decay)]
    return sequential(parts, [warmup, warmup + stable])


@runtime_checkable
class HasGroups(Protocol):
    """An optimizer, here or in `torch.optim`: something with `param_groups`."""

    param_groups: list[dict[str, Any]]


# --8<-- [start:scheduler]
class Scheduler:
    """Sets the learning rate of each group of an optimizer, ours or PyTorch's.

    Args:
        optimizer: whose groups to set.
        schedule: one for all groups, or a list with one for each.

    >>> import torch
    >>> from reference_impl.optimizers import SGD
    >>> optimizer = SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    >>> scheduler = Scheduler(optimizer, exponential(0.5))
    >>> scheduler.step()
    >>> scheduler.last_epoch, optimizer.param_groups[0]["lr"]
    (1, 0.5)
    """

    def __init__(self, optimizer: "HasGroups", schedule: "Schedule | Sequence[Schedule]") -> None:
        groups = optimizer.param_groups
        each = [schedule] * len(groups) if callable(schedule) else list(schedule)
        if len(each) != len(groups):
            raise ValueError(
                f"expected a schedule for each of {len(groups)} groups, got {len(each)}"
            )
        self.optimizer = optimizer
        self.schedules: list[Schedule] = each
        self.base_lrs = [group.setdefault("initial_lr", group["lr"]) for group in groups]
        self.last_epoch = 0
        self._apply()

    def _apply(self) -> None:
        rates, groups = self.get_last_lr(), self.optimizer.param_groups
        if len(groups) != len(rates):
            raise ValueError(
                f"expected {len(rates)} groups, as when the scheduler was built, got {len(groups)}"
            )
        for group, rate in zip(groups, rates, strict=True):
            group["lr"] = rate

    def get_last_lr(self) -> list[float]:
        """Return the rate of each group."""
        pairs = zip(self.schedules, self.base_lrs, strict=True)
        return [schedule(self.last_epoch, base) for schedule, base in pairs]

    def step(self) -> None:
        """Go to the next step and set its rates. Call it after the optimizer's `step`."""
        self.last_epoch += 1
        self._apply()

    def state_dict(self) -> dict[str, Any]:
        """Return what a scheduler with the same schedule needs to go on."""
        return {"last_epoch": self.last_epoch, "base_lrs": list(self.base_lrs)}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from there, and set the rates of that step.

        Raises:
            ValueError: the state is one for another number of groups.
        """
        base_lrs = list(state_dict["base_lrs"])
        if len(base_lrs) != len(self.base_lrs):
            raise ValueError(f"expected {len(self.base_lrs)} base_lrs, got {len(base_lrs)}")
        self.last_epoch, self.base_lrs = state_dict["last_epoch"], base_lrs
        self._apply()


# --8<-- [end:scheduler]
