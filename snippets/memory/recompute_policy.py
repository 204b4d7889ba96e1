from functools import partial

import torch
from torch.utils.checkpoint import (
    CheckpointPolicy,
    checkpoint,
    create_selective_checkpoint_contexts,
)

from reference_impl.attention.live_bytes import LiveBytes
from reference_impl.memory import checked_policy


def run(policy):
    contexts = partial(create_selective_checkpoint_contexts, policy)
    with LiveBytes() as alive:
        y = checkpoint(lambda x: (x @ x).sin(), x, use_reentrant=False, context_fn=contexts)
    return alive.live - y.nbytes


x = torch.ones(10, 10, requires_grad=True)
for answer in (CheckpointPolicy.MUST_SAVE, CheckpointPolicy.MUST_CPU_OFFLOAD, "save"):
    print(answer, run(lambda ctx, op, *args: answer))
#> CheckpointPolicy.MUST_SAVE 400
#> CheckpointPolicy.MUST_CPU_OFFLOAD 0
#> save 0
run(checked_policy(lambda ctx, op, *args: "save"))
#! ValueError: expected a CheckpointPolicy or a boolean for aten.mm.default, got 'save'
