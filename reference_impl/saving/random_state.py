"""The state of every random number generator that a training run draws from, as plain data."""

import random
from typing import Any

import numpy as np
import torch


# --8<-- [start:rng_state]
def rng_state(cuda: bool = True) -> dict[str, Any]:
    """Return the states of the global generators of Python, NumPy and PyTorch.

    They are made of numbers, strings and tensors, so that `torch.load(weights_only=True)` reads them back: it
    refuses NumPy's own array.

    Args:
        cuda: whether to include the generators of the GPUs, if there are any.

    Returns:
        `python`, `numpy`, `torch` and `cuda` (a list with one state for each CUDA device, or none).

    Examples:
        >>> state = rng_state()
        >>> first = torch.rand(2), random.random(), np.random.rand()  # noqa: NPY002 - the global generator is what is saved
        >>> set_rng_state(state)
        >>> second = torch.rand(2), random.random(), np.random.rand()  # noqa: NPY002 - the same
        >>> torch.equal(first[0], second[0]) and first[1:] == second[1:]
        True
    """
    of_numpy = np.random.get_state(legacy=False)  # noqa: NPY002 - libraries draw from the global one
    key = torch.from_numpy(of_numpy["state"]["key"].astype(np.int64))
    return {
        "python": random.getstate(),
        "numpy": {**of_numpy, "state": {"key": key, "pos": of_numpy["state"]["pos"]}},
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if cuda and torch.cuda.is_available() else [],
    }


def set_rng_state(state: dict[str, Any]) -> None:
    """Put the generators back to where `rng_state` found them.

    Args:
        state: what `rng_state` returned. Without states of GPUs, their generators are left as they are.

    Raises:
        ValueError: an entry is missing, or the state is of another number of CUDA devices.

    Examples:
        >>> set_rng_state({"torch": torch.get_rng_state()})
        Traceback (most recent call last):
            ...
        ValueError: expected the entries python, numpy, torch, cuda, got torch
    """
    expected = ("python", "numpy", "torch", "cuda")
    if set(state) != set(expected):
        raise ValueError(f"expected the entries {', '.join(expected)}, got {', '.join(state)}")
    devices = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if state["cuda"] and len(state["cuda"]) != devices:
        raise ValueError(
            f"expected the states of {devices} CUDA devices, got those of {len(state['cuda'])}"
        )
    version, internal, gauss_next = state["python"]
    random.setstate((version, tuple(internal), gauss_next))
    key = state["numpy"]["state"]["key"].numpy().astype(np.uint32)
    of_numpy = {**state["numpy"], "state": {"key": key, "pos": state["numpy"]["state"]["pos"]}}
    np.random.set_state(of_numpy)  # noqa: NPY002 - as above
    torch.set_rng_state(state["torch"].cpu())
    if state["cuda"]:
        torch.cuda.set_rng_state_all([s.cpu() for s in state["cuda"]])


# --8<-- [end:rng_state]
