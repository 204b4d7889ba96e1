from functools import partial

import torch
from torch import nn
from torch.utils.checkpoint import CheckpointPolicy as Policy
from torch.utils.checkpoint import checkpoint, create_selective_checkpoint_contexts

from reference_impl.attention.live_bytes import LiveBytes
from reference_impl.memory import Offload

layer, x = nn.Linear(64, 64, bias=False), torch.randn(128, 64, requires_grad=True)


def block(x):
    return layer(x).sin().sigmoid()


def chosen(policy, context, op, *args, **kwargs):
    return policy if op == torch.ops.aten.mm.default else Policy.PREFER_RECOMPUTE


for policy in (Policy.MUST_RECOMPUTE, Policy.MUST_SAVE, Policy.MUST_CPU_OFFLOAD):
    contexts = partial(create_selective_checkpoint_contexts, partial(chosen, policy))
    with LiveBytes() as meter, Offload(layer, min_bytes=0) as offload:
        y = checkpoint(block, x, use_reentrant=False, context_fn=contexts)
    print(
        policy.name,
        "moved",
        offload.moved_out,
        "still here",
        meter.live - y.nbytes - offload.moved_out,
    )
#> MUST_RECOMPUTE moved 32768 still here 0
#> MUST_SAVE moved 32768 still here 32768
#> MUST_CPU_OFFLOAD moved 32768 still here 0
