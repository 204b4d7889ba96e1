"""ZeRO: data parallelism that stores each number once instead of once for each rank.

Rajbhandari et al., [*ZeRO: memory optimizations toward training trillion parameter
models*](https://arxiv.org/abs/1910.02054), section 5. Their P_os is `Zero1`, P_os+g `Zero2` and
P_os+g+p `Zero3`; their Ψ is `numel`, N_d `ranks`.
"""

# --8<-- [start:zero_imports]
from collections.abc import Callable, Iterator, Sequence
from itertools import count

import torch
from torch import Tensor, distributed, nn
from torch.optim import Optimizer
from torch.utils._pytree import tree_leaves

# --8<-- [end:zero_imports]
from reference_impl.distributed.data_parallel import (
    GradientGroups,
    copy_from_first_rank,
    require_same_parameters,
)

__all__ = ["Zero1", "Zero2", "Zero3", "zero_bytes"]

# Newer versions of PyTorch have these under other names, and warn at the old ones.
_names = ("reduce_scatter_single", "reduce_scatter_tensor")
_reduce_scatter = next(getattr(distributed, name) for name in _names if hasattr(distributed, name))
_names = ("all_gather_single", "all_gather_into_tensor")
_all_gather = next(getattr(distributed, name) for name in _names if hasattr(distributed, name))


# --8<-- [start:zero_formula]
def zero_bytes(
    numel: int, stage: int, ranks: int, parameter: int = 4, gradient: int = 4, optimizer: int = 8
) -> dict[str, float]:
    """Return the bytes of one rank by the paper's formula, without activations.

    Args:
        numel: parameters of the model.
        stage: 0 for plain data parallelism; 1 splits the optimizer's state, 2 the gradients too, 3
            the parameters as well.
        ranks: among which it is split.
        parameter: bytes of a parameter; 4 for float32, 2 in the paper.
        gradient: bytes of a gradient; 4 for float32, 2 in the paper.
        optimizer: bytes of state for a parameter; 8 for AdamW in float32, 12 in the paper, whose
            optimizer has a float32 copy of the parameter as well.

    Raises:
        ValueError: there is no such stage, or no ranks.

    Examples:
        >>> for stage in range(4):  # figure 1 of the paper: 7.5 billion parameters, 64 GPUs
        ...     parts = zero_bytes(7_500_000_000, stage, 64, 2, 2, 12)
        ...     print(f"{sum(parts.values()) / 1e9:.1f} GB")
        120.0 GB
        31.4 GB
        16.6 GB
        1.9 GB
    """
    if stage not in (0, 1, 2, 3) or ranks < 1:
        raise ValueError(
            f"expected a stage from 0 to 3 and at least 1 rank, got {stage} and {ranks}"
        )
    parts = {"parameters": (parameter, 3), "gradients": (gradient, 2), "optimizer": (optimizer, 1)}
    return {
        name: numel * size / (ranks if stage >= first else 1)
        for name, (size, first) in parts.items()
    }


# --8<-- [end:zero_formula]


# --8<-- [start:zero_unit]
class Unit:
    """Parameters that are split together: one flat tensor, of which each rank owns a piece."""

    def __init__(self, parameters: "Sequence[nn.Parameter]", rank: int, size: int) -> None:
        self.parameters, self.rank, self.size = parameters, rank, size
        self.shapes = [p.shape for p in parameters]
        self.numel = sum(p.numel() for p in parameters)
        self.piece = -(-self.numel // size)  # the last piece may be filled up with zeros
        self.flat = self.flatten([p.detach() for p in parameters])
        self.attach()
        self.shard = nn.Parameter(self.own(self.flat))  # a view: the owner's step changes `flat`

    def flatten(self, tensors: "Sequence[torch.Tensor]") -> "torch.Tensor":
        """Copy tensors, one of each parameter's shape, into a new flat one."""
        flat = tensors[0].new_zeros(self.piece * self.size)
        torch.cat([tensor.flatten() for tensor in tensors], out=flat[: self.numel])
        return flat

    def own(self, flat: "torch.Tensor") -> "torch.Tensor":
        """Return this rank's piece, a view."""
        return flat[self.rank * self.piece :][: self.piece]

    def attach(self) -> None:
        """Make the parameters views of `flat`."""
        parts = torch.split(self.flat[: self.numel], [shape.numel() for shape in self.shapes])
        for parameter, part, shape in zip(self.parameters, parts, self.shapes, strict=True):
            parameter.data = part.view(shape)

    # --8<-- [end:zero_unit]

    def detach(self) -> None:
        """Let the shard have memory of its own, and free `flat`."""
        self.shard.data = self.shard.data.clone()
        self.free()

    def free(self) -> None:
        """Give the memory of `flat` back. Autograd may hold views of it: it stays the same storage."""
        for parameter in self.parameters:
            parameter.data = parameter.data.new_empty(0)
        self.flat.untyped_storage().resize_(0)

    def allocate(self) -> bool:
        """Have memory for `flat` again; return whether there was none."""
        storage = self.flat.untyped_storage()
        if storage.nbytes():
            return False
        storage.resize_(self.flat.numel() * self.flat.element_size())
        return True


Units = Sequence[nn.Module]
MakeOptimizer = Callable[[list[nn.Parameter]], Optimizer]


class Zero1(nn.Module):
    """Data parallelism with the optimizer's state split: each rank updates its piece, then all gather.

    Training is `backward()`, `average_gradients()`, `step()`, `zero_grad()`. Gradients of several
    backwards add up if `average_gradients()` follows each.

    Attributes:
        reduced: bytes of flat gradients handed to reduce-scatters so far.
        gathered: bytes of flat parameters that all-gathers gave back so far.
        peak: the most bytes held so far, of `parameters`, `gradients` and `optimizer`.

    Args:
        module: the model; rank 0's weights and buffers are copied to all.
        units: parts of the model, such as its blocks, in the order of forward. What belongs to none
            of them is one more unit.
        optimizer: makes the optimizer from a list of flat pieces. It must treat elements one by one.
        group: the ranks; all by default.

    Raises:
        ValueError: a parameter is frozen or in two units, a unit has no parameters or several
            dtypes, or the ranks' parameters differ.

    Examples:
        >>> from reference_impl.distributed import run_ranks
        >>> def work(rank):
        ...     model = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4))
        ...     zero = Zero1(model, [*model], torch.optim.AdamW)
        ...     zero(torch.ones(1, 4)).sum().backward()
        ...     zero.average_gradients()
        ...     zero.step()
        ...     return zero.peak
        >>> run_ranks(work, 2, start_method="fork")[0]  # 40 parameters; two step counters of 4 bytes
        {'parameters': 160, 'gradients': 160, 'optimizer': 168}
    """

    waits = True  # for average_gradients() before gradients are summed

    def __init__(
        self,
        module: nn.Module,
        units: Units,
        optimizer: MakeOptimizer,
        group: distributed.ProcessGroup | None = None,
    ) -> None:
        super().__init__()
        self.module, self.group = module, group
        self.rank, self.size = distributed.get_rank(group), distributed.get_world_size(group)
        names = {p: name for name, p in module.named_parameters()}
        grouped = _split(names, units)
        require_same_parameters(module, group)
        copy_from_first_rank(module, group)
        self.units = [Unit(parameters, self.rank, self.size) for parameters in grouped]
        self.optimizer = optimizer([unit.shard for unit in self.units])
        self.reduced = self.gathered = 0
        self.peak = self.held_bytes()
        self._groups = GradientGroups(grouped, names, self._launch, group)
        self._groups.waits = self.waits

    def forward(self, *args: object, **kwargs: object) -> object:
        """Call the module.

        Raises:
            RuntimeError: the gradients of the last backward were not averaged.
        """
        if torch.is_grad_enabled() and self._groups.seen:
            raise RuntimeError("expected average_gradients() after backward, got a forward")
        return self.module(*args, **kwargs)

    # --8<-- [start:zero_launch]
    def _launch(self, index: int) -> None:
        """Sum a unit's gradients over the ranks, keep this rank's piece, and drop the rest."""
        self._note()
        unit = self.units[index]
        gradients = [
            p.new_zeros(shape) if p.grad is None else p.grad
            for p, shape in zip(unit.parameters, unit.shapes, strict=True)
        ]
        flat = unit.flatten(gradients).div_(self.size)
        piece = torch.empty_like(unit.shard)
        _reduce_scatter(piece, flat, group=self.group)
        self.reduced += flat.untyped_storage().nbytes()
        unit.shard.grad = piece if unit.shard.grad is None else unit.shard.grad + piece
        for parameter in unit.parameters:
            parameter.grad = None

    def average_gradients(self) -> None:
        """Leave on each rank the mean of its pieces; call it after each backward.

        Raises:
            ValueError: on all ranks: a parameter has no gradient on some.
        """
        self._groups.finish(allow_unused=False)

    def step(self) -> None:
        """Update this rank's pieces, then give all ranks all parameters.

        Raises:
            RuntimeError: there are no averaged gradients.
        """
        if self._groups.seen or any(unit.shard.grad is None for unit in self.units):
            raise RuntimeError("expected average_gradients() after backward, got a step")
        self.optimizer.step()
        self._note()
        self._share()

    def _share(self) -> None:
        for unit in self.units:
            self._gather(unit)

    def _gather(self, unit: "Unit") -> None:
        _all_gather(unit.flat, unit.shard.detach().clone(), group=self.group)
        self.gathered += unit.flat.untyped_storage().nbytes()

    # --8<-- [end:zero_launch]

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget all gradients, whole ones and pieces."""
        super().zero_grad(set_to_none)
        self.optimizer.zero_grad(set_to_none)

    def gradient_norm(self) -> Tensor:
        """Return the norm of the averaged gradients of all ranks' pieces together.

        Raises:
            RuntimeError: there are no averaged gradients.
        """
        gradients = [unit.shard.grad for unit in self.units if unit.shard.grad is not None]
        if len(gradients) < len(self.units):
            raise RuntimeError("expected average_gradients() after backward, got gradient_norm()")
        total = torch.stack([gradient.square().sum() for gradient in gradients]).sum()
        distributed.all_reduce(total, group=self.group)
        return total.sqrt()

    def full_parameters(self) -> dict[str, Tensor]:
        """Return copies of all parameters, by name, on every rank. All ranks must call it."""
        return dict(self._full(lambda unit: unit.shard.detach()))

    def full_gradients(self) -> dict[str, Tensor]:
        """Return all averaged gradients, by name, on every rank. All ranks must call it.

        Raises:
            RuntimeError: there are no averaged gradients.
        """
        if any(unit.shard.grad is None for unit in self.units):
            raise RuntimeError("expected average_gradients() after backward, got full_gradients()")
        return dict(self._full(lambda unit: unit.shard.grad))

    def _full(self, piece: Callable[[Unit], Tensor | None]) -> Iterator[tuple[str, Tensor]]:
        names = self._groups.names
        for unit in self.units:
            flat = torch.empty(
                unit.piece * unit.size, dtype=unit.shard.dtype, device=unit.shard.device
            )
            _all_gather(flat, piece(unit), group=self.group)
            parts = torch.split(flat[: unit.numel], [shape.numel() for shape in unit.shapes])
            for parameter, part, shape in zip(unit.parameters, parts, unit.shapes, strict=True):
                yield names[parameter], part.view(shape)

    def held_bytes(self) -> dict[str, int]:
        """Return the bytes of what this rank holds now, from the tensors themselves."""
        values = [t for unit in self.units for t in (unit.flat, unit.shard)]
        gradients = [p.grad for unit in self.units for p in (*unit.parameters, unit.shard)]
        state = [value for group in self.optimizer.state.values() for value in group.values()]
        kinds: dict[str, Sequence[object]] = {
            "parameters": values,
            "gradients": gradients,
            "optimizer": state,
        }
        return {kind: _storage_bytes(tensors) for kind, tensors in kinds.items()}

    def _note(self) -> None:
        for kind, held in self.held_bytes().items():
            self.peak[kind] = max(self.peak[kind], held)


class Zero2(Zero1):
    """`Zero1` with gradients split too: a unit's are summed during backward, and the rest is freed.

    Arguments, attributes and errors are those of `Zero1`.

    Examples:
        >>> from reference_impl.distributed import run_ranks
        >>> def work(rank):
        ...     model = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4))
        ...     zero = Zero2(model, [*model], torch.optim.AdamW)
        ...     zero(torch.ones(1, 4)).sum().backward()
        ...     return zero.peak["gradients"], zero.held_bytes()["gradients"]
        >>> run_ranks(work, 2, start_method="fork")[0]  # one layer and half of the other; half of all
        (120, 80)
    """

    waits = False


class Zero3(Zero2):
    """`Zero2` with parameters split too: a unit is gathered when it is needed, and freed after.

    Units must be called as modules, by all ranks in the same order, as each call gathers. Between calls their parameters are empty tensors; see
    `full_parameters`. Other arguments, attributes and errors are those of `Zero1`.

    Examples:
        >>> from reference_impl.distributed import run_ranks
        >>> def work(rank):
        ...     model = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4))
        ...     zero = Zero3(model, [*model], torch.optim.AdamW)
        ...     at_rest = zero.held_bytes()["parameters"]
        ...     zero(torch.ones(1, 4)).sum().backward()
        ...     return at_rest, zero.peak["parameters"], zero.held_bytes()["parameters"]
        >>> run_ranks(work, 2, start_method="fork")[0]  # half of all; that and one layer; half of all
        (80, 160, 80)
    """

    def __init__(
        self,
        module: "nn.Module",
        units: "Units",
        optimizer: "MakeOptimizer",
        group: "distributed.ProcessGroup | None" = None,
    ) -> None:
        super().__init__(module, units, optimizer, group)
        for unit in self.units:
            unit.detach()
        self.peak = self.held_bytes()
        # Units are in the order of backward, and what belongs to none of them comes last.
        for part, unit in zip(reversed(units), self.units, strict=False):
            part.register_forward_pre_hook(lambda *_, unit=unit: self._need(unit))
            part.register_forward_hook(lambda *call, unit=unit: self._leave(unit, call[-1]))
        self.rest = self.units[len(units) :]

    # --8<-- [start:zero_three]
    def _need(self, unit: "Unit") -> None:
        if unit.allocate():
            unit.attach()
            self._gather(unit)
            self._note()

    def _leave(self, unit: "Unit", out: object) -> None:
        """Free the unit, and ask for it again when backward comes to what it returned."""
        unit.free()
        for leaf in tree_leaves(out):
            if isinstance(leaf, torch.Tensor) and leaf.requires_grad:
                leaf.register_hook(lambda _: self._need_again(unit))  # type: ignore[no-untyped-call]  # torch leaves it untyped

    def _need_again(self, unit: "Unit") -> None:
        """In backward: first sum all units after it, holes and all, as other ranks do here."""
        self._groups.launch_before(self.units.index(unit))
        self._need(unit)

    def forward(self, *args: object, **kwargs: object) -> object:
        """Call the module; what is in no unit stays until its gradients are summed."""
        gathered = [unit for unit in self.rest if not unit.flat.untyped_storage().nbytes()]
        for unit in gathered:
            self._need(unit)
        out = super().forward(*args, **kwargs)
        if not torch.is_grad_enabled():  # what a backward needs was there before, and stays
            for unit in gathered:
                unit.free()
        return out

    def _launch(self, index: int) -> None:
        super()._launch(index)
        self.units[index].free()

    def _share(self) -> None:
        """Nothing is given to all: whole parameters are old after a step, and freed."""
        for unit in self.units:
            unit.free()

    # --8<-- [end:zero_three]


def _split(names: dict[nn.Parameter, str], units: Units) -> list[list[nn.Parameter]]:
    """Return the parameters of each unit, last unit first, then those in none."""
    frozen = [name for p, name in names.items() if not p.requires_grad]
    if frozen or not names:
        raise ValueError(f"expected parameters that are all trained, got frozen ones: {frozen}")
    owner: dict[nn.Parameter, int] = {}
    for index, unit in zip(count(), units, strict=False):
        for parameter in unit.parameters():
            if owner.setdefault(parameter, index) != index:
                raise ValueError(
                    f"expected units without common parameters, got {names.get(parameter)!r} "
                    f"in units {owner[parameter]} and {index}"
                )
            if parameter not in names:
                raise ValueError(f"expected units that are parts of the module, got unit {index}")
    grouped = [[p for p in names if owner.get(p) == index] for index in range(len(units))]
    if [] in grouped:
        raise ValueError(f"expected units with parameters, got none in unit {grouped.index([])}")
    rest = [p for p in names if p not in owner]
    grouped = grouped[::-1] + ([rest] if rest else [])
    for parameters in grouped:
        kinds = sorted({str(p.dtype) for p in parameters})
        if len(kinds) > 1:
            raise ValueError(
                f"expected one dtype in a unit, got {', '.join(kinds)} in the unit of "
                f"{names[parameters[0]]!r}"
            )
    return grouped


def _storage_bytes(values: Sequence[object]) -> int:
    """Return the bytes of the different storages of those values that are tensors."""
    tensors = [value for value in values if isinstance(value, Tensor)]
    storages = {t.untyped_storage()._cdata: t.untyped_storage().nbytes() for t in tensors}
    return sum(storages.values())
