import copy

import torch
from torch import nn

torch.manual_seed(0)
usual = nn.Sequential(*[nn.Linear(64, 64) for _ in range(10)])
early = copy.deepcopy(usual)


def watch(net, after):
    peak = [0]

    def hook(p):
        peak[0] = max(peak[0], sum(q.grad.nbytes for q in net.parameters() if q.grad is not None))
        after(p)

    for p in net.parameters():
        p.register_post_accumulate_grad_hook(hook)
    return peak


def step_and_free(p):
    each[p].step()
    p.grad = None


every = torch.optim.AdamW(usual.parameters(), lr=0.01)
each = {p: torch.optim.AdamW([p], lr=0.01) for p in early.parameters()}
peak_usual, peak_early = watch(usual, lambda p: None), watch(early, step_and_free)
for _ in range(3):
    x = torch.randn(16, 64)
    every.zero_grad()
    usual(x).square().mean().backward()
    every.step()
    early(x).square().mean().backward()
print(peak_usual, peak_early)
#> [166400] [16384]
print(all(torch.equal(p, q) for p, q in zip(usual.parameters(), early.parameters())))
#> True
