# requires: cuda
# ran on: no device yet
from contextlib import nullcontext
from statistics import median

import torch
from torch.autograd.graph import save_on_cpu

from reference_impl.gpt import GPT, GPTConfig
from reference_impl.memory import Offload

config = GPTConfig(vocab=50257, context=1024, dim=768, layers=12, heads=12)  # GPT-2, 124M
torch.manual_seed(0)
model = GPT(config).cuda()
ids, targets = torch.randint(config.vocab, (2, 8, 1024), device="cuda")
offload = Offload(model, ids, targets, keep_bytes=2**31)  # the logits stay, and a bit


def seconds(context):
    begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    begin.record()
    with context, torch.autocast("cuda", torch.bfloat16):
        loss = model.loss(ids, targets)
    loss.backward()
    end.record()
    end.synchronize()
    model.zero_grad()
    return begin.elapsed_time(end) / 1e3


base = 0.0
for context in (nullcontext(), save_on_cpu(pin_memory=True), offload):
    for _ in range(2):
        seconds(context)  # pinned memory is asked for once and then kept
    torch.cuda.reset_peak_memory_stats()
    time = median(seconds(context) for _ in range(5))
    base, peak = base or time, torch.cuda.max_memory_allocated() / 2**30
    print(f"{type(context).__name__:11} {peak:5.2f} GiB, {time / base:4.1f} x the time")
print(f"{offload.moved_out / 7 / 2**30:.2f} GiB moved out in each step")
