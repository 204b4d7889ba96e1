"""What all optimizers share: groups with options, a state for each parameter, and their saving.

An algorithm adds one method, `update`, which changes one parameter. Names, keys and error messages
are those of [`torch.optim.Optimizer`](https://docs.pytorch.org/docs/stable/optim.html), so that a
`state_dict` of either library can be loaded by the other.
"""

# --8<-- [start:imports]
import copy
import itertools
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

Group = dict[str, Any]
State = dict[str, Any]
# --8<-- [end:imports]
Params = Iterable[Any]  # tensors, pairs of a name and a tensor, or groups: checked with words below


# --8<-- [start:cast_state]
def cast_state(param: Tensor, name: str, value: Any) -> Any:  # noqa: ANN401 - a state holds tensors, numbers and None
    """Copy one entry of a loaded state to the device and dtype of its parameter.

    The counter `step` is copied as it is: in bfloat16 it would stop at 256.

    Raises:
        ValueError: the entry has neither the parameter's shape nor that of a single number.
    """
    if not isinstance(value, Tensor):
        return copy.deepcopy(value)
    if name == "step":
        return value.clone()
    if value.dim() and value.shape != param.shape:
        raise ValueError(
            f"the loaded {name} was expected to have its parameter's shape {tuple(param.shape)}, "
            f"got {tuple(value.shape)}: are the parameters in the order of the saved ones?"
        )
    return value.to(device=param.device, dtype=param.dtype, copy=True)


# --8<-- [end:cast_state]


def at_least_zero(group: Group, *names: str) -> None:
    """Raise a `ValueError` unless each of these options is a number that is not negative."""
    for name in names:
        value = group[name]
        if not isinstance(value, int | float) or not value >= 0:
            raise ValueError(f"expected {name} to be a number >= 0, got {value!r}")


class Optimizer:
    """Base class of the optimizers: keeps parameters in groups, and a state for each parameter.

    Args:
        params: tensors, pairs of a name and a tensor, or groups: dicts with `params` and options.
        defaults: the options of a group that does not set its own.

    >>> import torch
    >>> from reference_impl.optimizers import SGD
    >>> w, b = torch.ones(2, requires_grad=True), torch.ones(1, requires_grad=True)
    >>> optimizer = SGD([{"params": [w]}, {"params": [b], "lr": 0.5}], lr=0.1)
    >>> [group["lr"] for group in optimizer.param_groups]
    [0.1, 0.5]
    """

    # --8<-- [start:init]
    def __init__(self, params: "Params", defaults: "Group") -> None:
        if isinstance(params, Tensor):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, "
                f"but got {torch.typename(params)}"
            )
        self.defaults = defaults
        self.state: defaultdict[Tensor, State] = defaultdict(dict)
        self.param_groups: list[Group] = []
        groups: list[Any] = list(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list")
        if not isinstance(groups[0], dict):
            groups = [{"params": groups}]
        for group in groups:
            self.add_param_group(group)

    # --8<-- [end:init]

    def check(self, group: "Group") -> None:
        """Raise a `ValueError` if an option of the group is not usable."""
        at_least_zero(group, "lr", "weight_decay")

    def update(self, param: Float[Tensor, "..."], grad: Float[Tensor, "..."], group: Group) -> None:
        """Change one parameter in place. This is where the algorithms differ."""
        raise NotImplementedError(f"{type(self).__name__} has no update method")

    def add_param_group(self, group: Group) -> None:
        """Add a group of parameters. Options that it does not set come from `defaults`.

        Args:
            group: a dict with `params` and options of its own. It is copied.

        Raises:
            TypeError: `group` is no dict, its parameters are in a set or are not real tensors.
            ValueError: a parameter is no leaf or is in another group, only some have names, or an
                option is not usable.
        """
        if not isinstance(group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(group)}")
        group = {**self.defaults, **group}
        group.update(_unpack(group["params"]))
        for param in group["params"]:
            _check_tensor(param)
        self.check(group)
        self._check_against_the_others(group)
        self.param_groups.append(group)

    def _check_against_the_others(self, group: Group) -> None:
        params = group["params"]
        if len(params) != len(set(params)):
            warnings.warn(
                "optimizer contains a parameter group with duplicate parameters", stacklevel=4
            )
        for other in self.param_groups:
            if ("param_names" in group) != ("param_names" in other):
                raise ValueError(
                    "all optimizer param groups should be with/without names, got one of each"
                )
            if not set(params).isdisjoint(other["params"]):
                raise ValueError("some parameters appear in more than one parameter group")

    # --8<-- [start:step]
    def step(self, closure: "Callable[[], Any] | None" = None) -> "Any":  # noqa: ANN401 - it returns what the closure returns
        """Update each parameter that has a gradient; the others are left alone, state included.

        Args:
            closure: clears the gradients, computes them again and returns the loss.
        """
        with torch.enable_grad():
            loss = closure() if closure is not None else None
        with torch.no_grad():
            for group in self.param_groups:
                for param in group["params"]:
                    if param.grad is None:
                        continue
                    if param.grad.is_sparse:
                        raise RuntimeError("expected a dense gradient, got a sparse one")
                    grad = -param.grad if group.get("maximize") else param.grad
                    self.update(param, grad, group)
        return loss

    # --8<-- [end:step]

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Drop the gradients of all parameters, or fill them with zeros."""
        for param in itertools.chain.from_iterable(g["params"] for g in self.param_groups):
            if set_to_none:
                param.grad = None
            elif param.grad is not None:
                param.grad.detach_().zero_()

    # --8<-- [start:state_dict]
    def state_dict(self) -> "dict[str, Any]":
        """Return groups and state with a number in place of each parameter.

        The state's tensors are the optimizer's own, not copies: save or copy them before the next
        step.
        """
        params = itertools.chain.from_iterable(group["params"] for group in self.param_groups)
        number: dict[Tensor, int] = {}
        for i, param in enumerate(params):
            number.setdefault(param, i)
        groups = [
            {**group, "params": [number[param] for param in group["params"]]}
            for group in self.param_groups
        ]
        state = {number[param]: value for param, value in self.state.items()}
        return {"state": state, "param_groups": groups}

    # --8<-- [end:state_dict]

    def _check_sizes(self, saved_groups: list[Group]) -> None:
        sizes = [len(group["params"]) for group in self.param_groups]
        saved = [len(group["params"]) for group in saved_groups]
        if len(sizes) != len(saved):
            raise ValueError(
                "loaded state dict has a different number of parameter groups: "
                f"expected {len(sizes)}, got {len(saved)}"
            )
        if sizes != saved:
            raise ValueError(
                "loaded state dict contains a parameter group that doesn't match the size of "
                f"optimizer's group: expected {sizes}, got {saved}"
            )

    # --8<-- [start:load_state_dict]
    def load_state_dict(self, state_dict: "dict[str, Any]") -> None:
        """Take over state and options. The n-th saved parameter becomes the n-th of this optimizer.

        Args:
            state_dict: what `state_dict()` returned, here or in `torch.optim`. It is not modified.

        Raises:
            ValueError: groups or their sizes differ, or a state does not fit its parameter's shape.
        """
        self._check_sizes(state_dict["param_groups"])
        param_of: dict[int, Tensor] = {}
        groups: list[Group] = []
        for group, saved in zip(self.param_groups, state_dict["param_groups"], strict=True):
            param_of.update(zip(saved["params"], group["params"], strict=True))
            names = {"param_names": group["param_names"]} if "param_names" in group else {}
            options = {k: copy.deepcopy(v) for k, v in saved.items() if k != "params"}
            groups.append({**self.defaults, **names, **options, "params": group["params"]})
            self.check(groups[-1])
        state: defaultdict[Tensor, State] = defaultdict(dict)
        for number, entries in state_dict["state"].items():
            param = param_of[number]
            state[param] = {name: cast_state(param, name, v) for name, v in entries.items()}
        self.state, self.param_groups = state, groups

    # --8<-- [end:load_state_dict]

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} ("]
        for i, group in enumerate(self.param_groups):
            lines.append(f"Parameter Group {i}")
            lines += [f"    {name}: {group[name]}" for name in sorted(group) if name != "params"]
        return "\n".join([*lines, ")"])


def _unpack(params: "Tensor | Iterable[Any]") -> "Group":
    """Return `params` as a list of tensors, with their names if they have any."""
    if isinstance(params, Tensor):
        return {"params": [params]}
    if isinstance(params, set):
        raise TypeError(
            "optimizer parameters need to be organized in ordered collections, but the ordering of "
            "tensors in sets will change between runs. Please use a list instead."
        )
    entries = list(params)
    names = [entry[0] for entry in entries if isinstance(entry, tuple)]
    if names and len(names) != len(entries):
        raise ValueError(
            "all optimizer params should be with/without names: "
            f"expected {len(entries)} names, got {len(names)}"
        )
    if names:
        return {"params": [entry[1] for entry in entries], "param_names": names}
    return {"params": entries}


def _check_tensor(param: object) -> None:
    if not isinstance(param, Tensor):
        raise TypeError(
            f"optimizer can only optimize Tensors, but one of the params is {torch.typename(param)}"
        )
    if param.is_complex():
        raise TypeError(f"expected real parameters, got one of dtype {param.dtype}")
    if not (param.is_leaf or param.retains_grad):
        raise ValueError("can't optimize a non-leaf Tensor")
