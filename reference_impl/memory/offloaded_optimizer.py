"""An optimizer whose state lies on the host and whose step is taken there.

Ren et al., 2021, [*ZeRO-Offload*](https://arxiv.org/abs/2101.06840), for one device: gradients go to the host, the update happens there in float32, weights come back. The paper also sends gradients while
backward runs, and can take a step one late beside the next forward. That is not here.
"""

# --8<-- [start:optimizer_imports]
from collections.abc import Callable, Iterable
from typing import Any, overload

import torch
from torch import Tensor
from torch.optim import Optimizer

# --8<-- [end:optimizer_imports]

__all__ = ["OffloadedOptimizer"]


class OffloadedOptimizer(Optimizer):
    """Wraps an optimizer of `torch.optim` so that its state, and the weights it changes, are on the host.

    For each weight the host has a copy of at least float32, the *master*, which the inner optimizer
    changes. Over the link goes the weight's own dtype, in both directions. On a CPU it takes the
    inner optimizer's steps bit for bit; for a weight in 16 bits, those of an optimizer with master
    weights.

    It is an `Optimizer`: schedulers, gradient clipping and `torch.amp.GradScaler` work on it, and
    on the weights and gradients on the device. A state dict is that of the inner optimizer, with
    the `master` of each weight in fewer than 32 bits; one of the inner optimizer's own can be
    loaded. Its own `state` is empty: look into `inner.state`.

    A weight that is changed in place under `torch.no_grad()` is taken over. A change through
    `weight.data` is not seen, and the next step undoes it.

    Args:
        params: weights, or groups of weights, as for the inner optimizer.
        make: the inner optimizer's class.
        pin_memory: whether what the host sends and receives is page-locked, for CUDA weights.
        **options: of the inner optimizer; `fused=True` has a kernel for CPUs in Adam, AdamW, SGD and Adagrad.

    Attributes:
        inner: the optimizer on the host.
        moved_out: bytes of gradients that have gone to the host.
        moved_back: bytes of weights that have come back.

    Raises:
        TypeError: the inner optimizer does not know an option.
        ValueError: a weight or a gradient is not dense, or the state dict has other groups or shapes.

    Examples:
        >>> layer = torch.nn.Linear(10, 1)
        >>> optimizer = OffloadedOptimizer(layer.parameters(), torch.optim.AdamW, lr=0.1)
        >>> layer(torch.ones(1, 10)).sum().backward()
        >>> optimizer.step()
        >>> optimizer.moved_out, optimizer.moved_back
        (44, 44)
    """

    inner: Optimizer

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[dict[str, Any]],
        make: Callable[..., Optimizer] = torch.optim.AdamW,
        *,
        pin_memory: bool = True,
        **options: Any,  # noqa: ANN401 - the inner optimizer checks them
    ) -> None:
        self.pin_memory, self.moved_out, self.moved_back = pin_memory, 0, 0
        self._masters: dict[Tensor, Tensor] = {}
        self._link: dict[Tensor, Tensor] = {}  # what goes over the link, in both directions
        self._versions: dict[Tensor, int] = {}
        super().__init__(params, dict(options))
        self.inner = make([self._on_host(group) for group in self.param_groups], **options)
        self.defaults = self.inner.defaults
        for group, inner in zip(self.param_groups, self.inner.param_groups, strict=True):
            group.update({key: inner[key] for key in inner if key not in group})

    def _on_host(self, group: dict[str, Any]) -> dict[str, Any]:
        for weight in group["params"]:
            if weight.layout != torch.strided:
                raise ValueError(f"expected dense weights, got one of layout {weight.layout}")
            pin = self.pin_memory and weight.is_cuda
            dtype = torch.promote_types(weight.dtype, torch.float32)
            self._link[weight] = torch.empty_like(weight, device="cpu", pin_memory=pin)
            self._masters[weight] = torch.empty_like(weight, device="cpu", dtype=dtype)
            self._masters[weight].copy_(weight.detach())
            self._versions[weight] = weight._version
        return {**group, "params": [self._masters[weight] for weight in group["params"]]}

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group of weights, with a copy on the host."""
        super().add_param_group(param_group)
        if "inner" in self.__dict__:  # else the groups of __init__, whose optimizer comes next
            self.inner.add_param_group(self._on_host(self.param_groups[-1]))

    def __getstate__(self) -> dict[str, Any]:
        own = ("pin_memory", "moved_out", "moved_back", "inner", "_masters", "_link", "_versions")
        return {**super().__getstate__(), **{name: self.__dict__[name] for name in own}}

    # --8<-- [start:optimizer_step]
    @overload
    def step(self, closure: "None" = None) -> "None": ...
    @overload
    def step(self, closure: "Callable[[], float]") -> "float": ...
    @torch.no_grad()
    def step(self, closure: "Callable[[], float] | None" = None) -> "float | None":
        """Fetch the gradients, step on the host, and send the weights back."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group, inner in zip(self.param_groups, self.inner.param_groups, strict=True):
            inner.update(
                {key: group[key] for key in group if key != "params"}
            )  # a scheduler's rate
        changed = {weight: g for weight in self._masters if (g := weight.grad) is not None}
        for weight, gradient in changed.items():
            if gradient.layout != torch.strided:
                raise ValueError(f"expected dense gradients, got one of layout {gradient.layout}")
            self._take_over(weight)
            self._link[weight].copy_(gradient, non_blocking=True)
        self._wait_for_device()
        for weight, master in self._masters.items():
            master.grad = self._link[weight].to(master.dtype) if weight in changed else None
        self.inner.step()
        for weight in changed:
            self._send(weight)
        return loss

    def _send(self, weight: "Tensor") -> "None":
        self.moved_out += weight.nbytes
        self.moved_back += weight.nbytes
        self._masters[weight].grad = None
        weight.copy_(self._link[weight].copy_(self._masters[weight]), non_blocking=True)
        self._versions[weight] = weight._version

    # --8<-- [end:optimizer_step]

    def _take_over(self, weight: Tensor) -> None:
        """Let the master follow a weight that someone else has changed, as loading a model does."""
        if weight._version != self._versions[weight]:
            master, here = self._masters[weight], weight.detach().cpu()
            same = here == master.to(here.dtype)  # the master may know more digits
            master.copy_(torch.where(same, master, here.to(master.dtype)))

    def _wait_for_device(self) -> None:
        for device in {weight.device for weight in self._masters if weight.is_cuda}:
            torch.cuda.current_stream(device).synchronize()

    def state_dict(self) -> dict[str, Any]:
        """Return the inner optimizer's state dict, with the master of each weight in few bits."""
        saved = self.inner.state_dict()
        saved["state"] = {key: dict(value) for key, value in saved["state"].items()}
        for group, weights in zip(saved["param_groups"], self.param_groups, strict=True):
            group.update({key: value for key, value in weights.items() if key != "params"})
            for number, weight in zip(group["params"], weights["params"], strict=True):
                if self._masters[weight].dtype != weight.dtype:
                    self._take_over(weight)
                    saved["state"].setdefault(number, {})["master"] = self._masters[weight].clone()
        return saved

    @torch.no_grad()
    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Load what `state_dict` returned, or a state dict of the inner optimizer.

        The order with the model's own does not matter: a master stays as long as its weight is
        that master, rounded.
        """
        states = {key: dict(value) for key, value in state_dict["state"].items()}
        masters = {key: value.pop("master") for key, value in states.items() if "master" in value}
        rest = {key: value for key, value in states.items() if value}
        self.inner.load_state_dict({**state_dict, "state": rest})
        weights = [weight for group in self.param_groups for weight in group["params"]]
        numbers = [n for group in state_dict["param_groups"] for n in group["params"]]
        for group, loaded in zip(self.param_groups, self.inner.param_groups, strict=True):
            group.update({key: value for key, value in loaded.items() if key != "params"})
        for number, weight in zip(numbers, weights, strict=True):
            if number in masters:
                if masters[number].shape != weight.shape:
                    expected, got = tuple(weight.shape), tuple(masters[number].shape)
                    raise ValueError(f"expected a master of shape {expected}, got {got}")
                self._masters[weight].copy_(masters[number])
                self._versions[weight] = -1  # look at the weight itself before the next step
