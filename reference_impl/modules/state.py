"""The state dict: which entries a module writes, and how it reads them back.

The keys, the hooks, and what counts as missing or unexpected are those of `torch.nn.Module`
([documentation](https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.load_state_dict)),
so that either library loads what the other has written.
"""

import warnings
from collections import OrderedDict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import Parameter

if TYPE_CHECKING:
    from reference_impl.modules.module import Module

EXTRA_STATE = "_extra_state"


class IncompatibleKeys(NamedTuple):
    """What `load_state_dict` returns.

    Attributes:
        missing_keys: entries of the module that the state dict lacks.
        unexpected_keys: entries of the state dict that the module has no place for.

    >>> from reference_impl.modules import Linear
    >>> Linear(2, 1).load_state_dict({"weight": torch.ones(1, 2), "scale": torch.ones(1)}, strict=False)
    IncompatibleKeys(missing_keys=['bias'], unexpected_keys=['scale'])
    """

    missing_keys: list[str]
    unexpected_keys: list[str]


# --8<-- [start:own_entries]
def own_entries(module: "Module") -> "dict[str, Tensor]":
    """Return what a module itself saves: its parameters and its persistent buffers."""
    buffers = {
        name: buffer
        for name, buffer in module._buffers.items()
        if name not in module._non_persistent_buffers_set
    }
    entries = {**module._parameters, **buffers}
    return {name: tensor for name, tensor in entries.items() if tensor is not None}


# --8<-- [end:own_entries]


# --8<-- [start:save_tree]
def save_tree(module: "Module", destination: "Any", prefix: str, keep_vars: bool) -> "Any":  # noqa: ANN401 - any dict
    """Write a module's entries under `prefix`, then those of its sub-modules, depth-first."""
    metadata = {"version": module._version}
    if hasattr(destination, "_metadata"):
        destination._metadata[prefix[:-1]] = metadata
    for hook in module._state_dict_pre_hooks.values():
        hook.function(module, prefix, keep_vars)
    module._save_to_state_dict(destination, prefix, keep_vars)
    for name, child in module._modules.items():
        if child is not None:
            child.state_dict(
                destination=destination, prefix=f"{prefix}{name}.", keep_vars=keep_vars
            )
    for hook in module._state_dict_hooks.values():
        if hook.function(module, destination, prefix, metadata) is not None:
            raise RuntimeError("state_dict post-hook must return None")
    return destination


# --8<-- [end:save_tree]


def load_tree(
    module: "Module", given: Mapping[str, Any], strict: bool, assign: bool
) -> IncompatibleKeys:
    """Load a module and its sub-modules, depth-first, and report all that did not fit.

    Raises:
        RuntimeError: a shape does not fit; or, if `strict`, a key is missing or unexpected. Every
            such case is listed.
    """
    keys = IncompatibleKeys([], [])
    errors: list[str] = []
    metadata = getattr(given, "_metadata", {})

    def load(module: "Module", entries: dict[str, Any], prefix: str) -> None:
        local = dict(metadata.get(prefix[:-1], {}), assign_to_params_buffers=assign)
        module._load_from_state_dict(entries, prefix, local, True, *keys, errors)
        for name, child in module._modules.items():
            if child is not None:
                inner = f"{prefix}{name}."
                load(child, {k: v for k, v in entries.items() if k.startswith(inner)}, inner)
        for hook in module._load_state_dict_post_hooks.values():
            if hook.function(module, keys) is not None:
                raise RuntimeError(
                    "a load_state_dict post-hook must return None; it may change the lists of keys in place"
                )

    load(module, dict(given), "")
    if strict:
        errors = (
            listed("Missing", keys.missing_keys)
            + listed("Unexpected", keys.unexpected_keys)
            + errors
        )
    if errors:
        name = type(module).__name__
        raise RuntimeError(f"Error(s) in loading state_dict for {name}:\n\t" + "\n\t".join(errors))
    return keys


def listed(kind: str, keys: list[str]) -> list[str]:
    """Return the line that names the keys, if there are any."""
    names = ", ".join(f'"{key}"' for key in keys)
    return [f"{kind} key(s) in state_dict: {names}. "] if keys else []


def load_own(
    module: "Module",
    given: dict[str, Any],
    prefix: str,
    metadata: dict[str, Any],
    strict: bool,
    missing: list[str],
    unexpected: list[str],
    errors: list[str],
) -> None:
    """Load a module's own entries: copy those that fit, and note in the lists what does not."""
    for hook in module._load_state_dict_pre_hooks.values():
        hook.function(module, given, prefix, metadata, strict, missing, unexpected, errors)
    entries = own_entries(module)
    for name, target in entries.items():
        key = prefix + name
        if key in given:
            errors += put(module, name, target, key, given[key], metadata)
        elif strict:
            missing.append(key)
    load_extra(module, prefix + EXTRA_STATE, given, strict, missing, unexpected)
    if strict:
        unexpected += [
            key
            for key in given
            if key.startswith(prefix)
            and key != prefix + EXTRA_STATE
            and not has_place(module, entries, key.removeprefix(prefix))
        ]


# --8<-- [start:has_place]
def has_place(module: "Module", entries: "dict[str, Tensor]", name: str) -> bool:
    """Whether a key is the module's own entry, or may be one of a sub-module of that name."""
    first, dot, _ = name.partition(".")
    return first in (module._modules if dot else entries)


# --8<-- [end:has_place]


def load_extra(
    module: "Module",
    key: str,
    given: dict[str, Any],
    strict: bool,
    missing: list[str],
    unexpected: list[str],
) -> None:
    """Hand the extra state to a module whose class defines `set_extra_state`."""
    wanted = module._defines("set_extra_state")
    if wanted and key in given:
        module.set_extra_state(given[key])
    elif strict and wanted:
        missing.append(key)
    elif strict and key in given:
        unexpected.append(key)


def put(
    module: "Module",
    name: str,
    target: Tensor,
    key: str,
    value: Any,  # noqa: ANN401 - what a file may hold under a key
    metadata: dict[str, Any],
) -> list[str]:
    """Copy one value into its tensor, or with `assign` put it in its place; return what went wrong."""
    if not isinstance(value, Tensor):
        return [
            f'While copying the parameter named "{key}", expected torch.Tensor or Tensor-like object '
            f"from checkpoint but received {type(value)}"
        ]
    if target.dim() == 0 and value.shape == (1,):
        value = value[0]  # scalars were saved with one dimension before PyTorch 0.4
    if value.shape != target.shape:
        return [
            f"size mismatch for {key}: copying a param with shape {value.shape} from checkpoint, "
            f"the shape in current model is {target.shape}."
        ]
    assign = metadata.get("assign_to_params_buffers", False)
    if target.is_meta and not value.is_meta and not assign:
        warnings.warn(
            f"for {key}: copying from a non-meta parameter in the checkpoint to a meta parameter in "
            "the current model, which is a no-op. (Did you mean to pass `assign=True`?)",
            stacklevel=2,
        )
    try:
        with torch.no_grad():
            if assign:
                setattr(module, name, as_parameter(value, target))
            else:
                target.copy_(value)
    except (RuntimeError, TypeError) as error:
        return [
            f'While copying the parameter named "{key}", whose dimensions in the model are '
            f"{target.size()} and whose dimensions in the checkpoint are {value.size()}, an exception "
            f"occurred : {error.args}."
        ]
    return []


def as_parameter(value: Tensor, target: Tensor) -> Tensor:
    """Return the value as what it replaces: a parameter if that is one, with its `requires_grad`."""
    if not isinstance(target, Parameter):
        return value
    if isinstance(value, Parameter):
        return value.requires_grad_(target.requires_grad)
    return Parameter(value, requires_grad=target.requires_grad)


def new_destination() -> Any:  # noqa: ANN401 - an OrderedDict with an attribute of its own
    """Return an empty state dict that also notes each module's version, as PyTorch's does."""
    destination: Any = OrderedDict()
    destination._metadata = OrderedDict()
    return destination
