"""Data parallelism: every rank has the whole model and a part of the batch; gradients are averaged.

Li et al., [*PyTorch distributed: experiences on accelerating data parallel
training*](https://arxiv.org/abs/2006.15704), section 3.2: buckets in the reverse order of the
parameters, summed while backward goes on.
"""

# --8<-- [start:data_parallel_imports]
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import zip_longest

import torch
from torch import Tensor, distributed, nn

# --8<-- [end:data_parallel_imports]

__all__ = ["DataParallel", "make_buckets"]

STRATEGIES = ("naive", "bucketed", "overlapped")


def make_buckets(parameters: Sequence[nn.Parameter], bucket_bytes: int) -> list[list[nn.Parameter]]:
    """Group parameters, last first, until a bucket holds `bucket_bytes`; each has one dtype and device.

    Backward reaches the last layers first, so the first bucket is full while most of backward is
    still to come.

    Args:
        parameters: in the order in which forward uses them.
        bucket_bytes: a bucket is closed as soon as it holds that many.

    Raises:
        ValueError: `bucket_bytes` is less than 1.

    Examples:
        >>> layers = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4))  # 64 and 16 bytes each
        >>> [[p.numel() for p in bucket] for bucket in make_buckets([*layers.parameters()], 96)]
        [[4, 16, 4], [16]]
    """
    if bucket_bytes < 1:
        raise ValueError(f"expected bucket_bytes of at least 1, got {bucket_bytes}")
    buckets: list[list[nn.Parameter]] = []
    room, kind = 0, None
    for parameter in reversed(parameters):
        if room <= 0 or kind != (parameter.dtype, parameter.device):
            buckets.append([])
            room, kind = bucket_bytes, (parameter.dtype, parameter.device)
        buckets[-1].append(parameter)
        room -= parameter.numel() * parameter.element_size()
    return buckets


class GradientGroups:
    """Calls `launch(i)` as soon as group `i` has its gradients, and all groups before it were launched.

    The order of the launches is that of the groups on every rank, whatever order gradients come in,
    as collectives must be called in one order everywhere.
    """

    def __init__(
        self,
        groups: "Sequence[Sequence[nn.Parameter]]",
        names: "dict[nn.Parameter, str]",
        launch: "Callable[[int], None]",
        process_group: "distributed.ProcessGroup | None" = None,
    ) -> None:
        self.groups, self.names, self.launch = groups, names, launch
        self.process_group = process_group
        self.waits = False  # for finish(), with all launches
        self.is_off = False
        self.reset()
        for index, group in enumerate(groups):
            for parameter in group:
                arrived = partial(self._arrived, index)
                parameter.register_post_accumulate_grad_hook(arrived)  # type: ignore[no-untyped-call]  # torch leaves it untyped

    # --8<-- [start:data_parallel_groups]
    def reset(self) -> None:
        """Get ready for the next backward."""
        self.seen: set[nn.Parameter] = set()
        self.open, self.next = [len(group) for group in self.groups], 0

    def _arrived(self, index: int, parameter: "nn.Parameter") -> None:
        if self.is_off:
            return
        if parameter in self.seen:
            raise RuntimeError(
                f"expected one backward before gradients are finished, got a second gradient of "
                f"{self.names[parameter]!r}; run all backwards but the last inside no_sync()"
            )
        self.seen.add(parameter)
        self.open[index] -= 1
        while not self.waits and self.next < len(self.groups) and self.open[self.next] == 0:
            self._launch_next()

    def _launch_next(self) -> None:
        self.launch(self.next)
        self.next += 1

    # --8<-- [end:data_parallel_groups]

    def launch_before(self, index: int) -> None:
        """Launch all groups before this one, with or without their gradients."""
        while self.next < index:
            self._launch_next()

    def finish(self, allow_unused: bool) -> set[nn.Parameter]:
        """Launch what is left, and ask all ranks which parameters have no gradient.

        Returns:
            The parameters without a gradient on every rank.

        Raises:
            ValueError: on all ranks: a parameter has no gradient on some, and that is not allowed.
        """
        every = [parameter for group in self.groups for parameter in group]
        missing = [p not in self.seen and p.grad is None for p in every]
        while self.next < len(self.groups):
            self._launch_next()
        counts = torch.tensor(missing, dtype=torch.int32, device=every[0].device)
        distributed.all_reduce(counts, group=self.process_group)
        self.reset()
        size = distributed.get_world_size(self.process_group)
        found = {p: n for p, n in zip(every, counts.tolist(), strict=True) if n}
        if found and not allow_unused:
            listed = ", ".join(f"{self.names[p]} on {n} of {size} ranks" for p, n in found.items())
            raise ValueError(f"expected a gradient for every parameter, got none for {listed}")
        return {p for p, n in found.items() if n == size}


class DataParallel(nn.Module):
    """A copy of a model on each rank, which all get the mean of the ranks' gradients.

    Call `average_gradients()` between `backward()` and the optimizer's step.

    Attributes:
        calls: all-reduces of gradients so far.
        bytes: of gradients handed to them.
        launched_in_backward: how many of them began before backward had ended.

    Args:
        module: the model; rank 0's weights and buffers are copied to all.
        strategy: `naive` sums parameter by parameter after backward, `bucketed` many at once,
            `overlapped` each bucket as soon as backward has filled it.
        bucket_bytes: size of a bucket.
        allow_unused: parameters without a gradient count as 0, and one that no rank used keeps
            `None`. Otherwise they are an error on all ranks.
        group: the ranks; all by default.

    Raises:
        ValueError: the strategy is unknown, nothing is to be trained, or the ranks' parameters differ.

    Examples:
        >>> from reference_impl.distributed import run_ranks
        >>> def work(rank):
        ...     model = DataParallel(nn.Linear(1, 1))
        ...     model(torch.tensor([[1.0 + rank]])).sum().backward()
        ...     model.average_gradients()
        ...     return model.module.weight.grad.item(), model.calls, model.bytes
        >>> run_ranks(work, 2, start_method="fork")  # the mean of 1 and 2; weight and bias
        [(1.5, 1, 8), (1.5, 1, 8)]
    """

    def __init__(
        self,
        module: nn.Module,
        strategy: str = "overlapped",
        bucket_bytes: int = 25 * 2**20,
        allow_unused: bool = False,
        group: distributed.ProcessGroup | None = None,
    ) -> None:
        super().__init__()
        if strategy not in STRATEGIES:
            raise ValueError(f"expected a strategy of {', '.join(STRATEGIES)}, got {strategy!r}")
        self.module, self.allow_unused, self.group = module, allow_unused, group
        self.size = distributed.get_world_size(group)
        trained = [p for p in module.parameters() if p.requires_grad]
        if not trained:
            raise ValueError("expected a module with parameters to train, got none")
        require_same_parameters(module, group)
        copy_from_first_rank(module, group)
        if strategy == "naive":
            self.buckets = [[p] for p in trained]
        else:
            self.buckets = make_buckets(trained, bucket_bytes)
        self.calls = self.bytes = self.launched_in_backward = 0
        self._pending: list[tuple[list[nn.Parameter], Tensor, distributed.Work | None]] = []
        names = {p: name for name, p in module.named_parameters()}
        self._groups = GradientGroups(self.buckets, names, self._launch, group)
        self._groups.waits = strategy != "overlapped"

    def forward(self, *args: object, **kwargs: object) -> object:
        """Call the module. In training, rank 0's buffers are copied to all ranks first.

        Raises:
            RuntimeError: the gradients of the last backward were not averaged.
        """
        if torch.is_grad_enabled() and not self._groups.is_off:
            if self._groups.seen:
                raise RuntimeError("expected average_gradients() after backward, got a forward")
            if self.training:
                for buffer in self.module.buffers():
                    distributed.broadcast(buffer, group=self.group, group_src=0)
        return self.module(*args, **kwargs)

    # --8<-- [start:data_parallel_average]
    def _launch(self, index: int) -> None:
        """Begin to sum a bucket over the ranks; each has divided its part by their number."""
        parameters = self.buckets[index]
        parts = [torch.zeros_like(p) if p.grad is None else p.grad for p in parameters]
        flat = torch.cat([part.flatten() for part in parts]).div_(self.size)
        work = distributed.all_reduce(flat, group=self.group, async_op=not self._groups.waits)
        self._pending.append((parameters, flat, work))
        self.calls += 1
        self.bytes += flat.numel() * flat.element_size()

    def average_gradients(self) -> None:
        """Wait for all buckets, and put the means in place of this rank's gradients.

        Raises:
            ValueError: on all ranks: a parameter has no gradient, and `allow_unused` is false.
        """
        self.launched_in_backward += len(self._pending)
        try:
            unused = self._groups.finish(self.allow_unused)
        finally:
            pending, self._pending = self._pending, []
            for _, _, work in pending:
                if work is not None:
                    work.wait()
        for parameters, flat, _ in pending:
            means = torch.split(flat, [p.numel() for p in parameters])
            for parameter, mean in zip(parameters, means, strict=True):
                if parameter not in unused:
                    parameter.grad = mean.view_as(parameter)

    # --8<-- [end:data_parallel_average]

    @contextmanager
    def no_sync(self) -> Iterator[None]:
        """Let gradients add up on this rank alone: for all backwards of a step but the last."""
        before, self._groups.is_off = self._groups.is_off, True
        try:
            yield
        finally:
            self._groups.is_off = before


def require_same_parameters(module: nn.Module, group: distributed.ProcessGroup | None) -> None:
    """Raise on every rank unless all have parameters of the same names, shapes and dtypes."""
    own = [(name, tuple(p.shape), str(p.dtype)) for name, p in module.named_parameters()]
    found: list[list[tuple[str, tuple[int, ...], str]]] = [[]] * distributed.get_world_size(group)
    distributed.all_gather_object(found, own, group)
    for row in zip_longest(*found):
        if any(other != row[0] for other in row):
            listed = ", ".join(f"{other} on rank {rank}" for rank, other in enumerate(row))
            raise ValueError(f"expected the same parameters on all ranks, got {listed}")


def copy_from_first_rank(module: nn.Module, group: distributed.ProcessGroup | None) -> None:
    """Overwrite parameters and buffers with those of rank 0."""
    with torch.no_grad():
        for tensor in [*module.parameters(), *module.buffers()]:
            whole = tensor.contiguous()
            distributed.broadcast(whole, group=group, group_src=0)
            tensor.copy_(whole)
