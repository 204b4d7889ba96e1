"""Parameter groups made from a model: weight decay for matrices, none for vectors."""

from typing import Any

from torch import nn


# --8<-- [start:weight_decay_groups]
def weight_decay_groups(model: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Return groups of named parameters: with two or more dimensions, and the rest.

    Biases and the scales and shifts of norms have one dimension. They come second, with a weight
    decay of 0. Frozen parameters are left out, and a shared one is listed once. A group that would
    be empty is left out too: it has no names, and PyTorch refuses it beside one with names.

    Args:
        model: whose parameters to group.
        weight_decay: the weight decay of the first group.

    >>> from torch import nn
    >>> groups = weight_decay_groups(nn.Sequential(nn.Linear(2, 3), nn.LayerNorm(3)), 0.1)
    >>> [([name for name, _ in group["params"]], group["weight_decay"]) for group in groups]
    [(['0.weight'], 0.1), (['0.bias', '1.weight', '1.bias'], 0.0)]
    """
    named = [(name, param) for name, param in model.named_parameters() if param.requires_grad]
    matrices = [(name, param) for name, param in named if param.dim() >= 2]
    vectors = [(name, param) for name, param in named if param.dim() < 2]
    groups = [
        {"params": matrices, "weight_decay": weight_decay},
        {"params": vectors, "weight_decay": 0.0},
    ]
    return [group for group in groups if group["params"]]


# --8<-- [end:weight_decay_groups]
