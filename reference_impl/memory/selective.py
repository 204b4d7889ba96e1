"""Recomputing all but some operations: named sets of them, and policies whose answers are checked.

Korthikanti et al., 2022, [*Reducing activation recomputation in large transformer models*](https://arxiv.org/abs/2205.05198),
section 5, recompute the part of attention that is large and cheap. PyTorch's
[`create_selective_checkpoint_contexts`](https://docs.pytorch.org/docs/stable/checkpoint.html) asks for each operation.
"""

# --8<-- [start:selective_imports]
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

import torch
from torch.utils.checkpoint import (
    CheckpointPolicy,
    SelectiveCheckpointContext,
    create_selective_checkpoint_contexts,
)

# --8<-- [end:selective_imports]

__all__ = ["KEPT_OPS", "Contexts", "Policy", "checked_policy", "keep_contexts"]

_aten = torch.ops.aten
KEPT_OPS = {
    "attention": (
        _aten._scaled_dot_product_flash_attention_for_cpu.default,
        _aten._scaled_dot_product_flash_attention.default,
        _aten._scaled_dot_product_efficient_attention.default,
        _aten._scaled_dot_product_cudnn_attention.default,
    ),
    "products": (
        _aten.mm.default,
        _aten.addmm.default,
        _aten.bmm.default,
        _aten.baddbmm.default,
    ),
}
"""Operations that are dear to run again: the fused kernels of attention, on a CPU and on CUDA, and products of matrices.

Attention that PyTorch takes apart, on a CPU any with dropout, is not in the first list: its parts are products.
"""

Policy = Callable[..., CheckpointPolicy | bool]
"""Takes a `SelectiveCheckpointContext`, an operation and its arguments."""
Contexts = Callable[[], tuple[AbstractContextManager[Any], AbstractContextManager[Any]]]
"""What `checkpoint` takes as its `context_fn`."""


# --8<-- [start:selective_checked]
def checked_policy(policy: "Policy") -> "Policy":
    """Wrap a policy so that an answer which PyTorch would take for "recompute" raises instead.

    Args:
        policy: asked for each operation of the first run.

    Raises:
        ValueError: in forward; the answer is no `CheckpointPolicy` and no boolean, or it is to offload, which eager
            PyTorch does not do here.

    Examples:
        >>> wrong = checked_policy(lambda ctx, op: "save")
        >>> wrong(None, torch.ops.aten.mm.default)
        Traceback (most recent call last):
        ValueError: expected a CheckpointPolicy or a boolean for aten.mm.default, got 'save'
    """

    def checked(
        ctx: "SelectiveCheckpointContext", op: "object", *args: "object", **kwargs: "object"
    ) -> "CheckpointPolicy | bool":
        answer = policy(ctx, op, *args, **kwargs)
        if not isinstance(answer, CheckpointPolicy | bool):
            raise ValueError(  # noqa: TRY004 - inside `x @ y`, Python turns a TypeError into "unsupported operand"
                f"expected a CheckpointPolicy or a boolean for {op}, got {answer!r}"
            )
        if not isinstance(answer, bool) and answer.name.endswith("CPU_OFFLOAD"):
            raise ValueError(f"expected to save or to recompute {op}, got {answer.name}")
        return answer

    return checked


# --8<-- [end:selective_checked]


def keep_contexts(*names: str) -> Contexts:
    """Return the `context_fn` of a `checkpoint` that keeps the results of some operations.

    Args:
        *names: of `KEPT_OPS`.

    Raises:
        ValueError: a name is unknown, or there is none.

    Examples:
        >>> from torch.utils.checkpoint import checkpoint
        >>> layer, x = torch.nn.Linear(4, 4), torch.ones(2, 4)
        >>> y = checkpoint(layer, x, use_reentrant=False, context_fn=keep_contexts("products"))
        >>> y.sum().backward()
        >>> keep_contexts("matmul")
        Traceback (most recent call last):
        ValueError: expected names of attention, products, got 'matmul'
    """
    for name in names or ("",):
        if name not in KEPT_OPS:
            raise ValueError(f"expected names of {', '.join(KEPT_OPS)}, got {name!r}")
    ops = [op for name in names for op in KEPT_OPS[name]]
    return partial(create_selective_checkpoint_contexts, ops)
