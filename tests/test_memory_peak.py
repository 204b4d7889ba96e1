"""The predicted peak of a step is the one that is measured."""

import gc
from functools import partial

import pytest
import torch
from torch.utils.checkpoint import checkpoint

from reference_impl.gpt import GPT, GPTConfig
from reference_impl.memory import estimate_peak


def on_gpu(config, batch, length, precision, loop, recompute):
    """Make two steps on a GPU, and return the peak of the second."""
    gc.collect()
    torch._C._cuda_clearCublasWorkspaces()  # those of earlier tests: the prediction has its own
    before = torch.cuda.memory_allocated()
    model = GPT(config).cuda()
    for block in model.blocks if recompute else ():
        block.forward = partial(checkpoint, block.forward, use_reentrant=False)
    optimizer = torch.optim.AdamW(model.parameters(), **{loop: True})
    ids, targets = torch.randint(config.vocab, (2, batch, length), device="cuda")
    for _ in range(2):
        optimizer.zero_grad()
        torch.cuda.reset_peak_memory_stats()
        with torch.autocast("cuda", torch.bfloat16, enabled=precision == "autocast"):
            loss = model.loss(ids, targets)
        loss.backward()
        optimizer.step()
    return torch.cuda.max_memory_allocated() - before


@pytest.mark.gpu
@pytest.mark.parametrize(
    ("batch", "length", "precision", "loop", "recompute"),
    [
        (1, 1024, "float32", "foreach", False),
        (8, 1024, "float32", "fused", False),
        (8, 1024, "float32", "fused", True),
        (1, 1024, "autocast", "fused", False),
        (8, 1024, "autocast", "foreach", False),
        (8, 1024, "autocast", "fused", True),
        (3, 500, "autocast", "foreach", False),
    ],
)
def test_on_a_gpu_the_prediction_is_within_5_percent(batch, length, precision, loop, recompute):
    config = GPTConfig.gpt2(dropout=0.0)
    expected = estimate_peak(
        config, batch, length, precision, loop=loop, recompute=recompute, kernels="cuda"
    )
    found = on_gpu(config, batch, length, precision, loop, recompute)
    assert expected.peak == pytest.approx(found, rel=0.05)
