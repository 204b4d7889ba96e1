import torch

from reference_impl.distributed import route

torch.manual_seed(0)
logits = torch.randn(1, 5, 3)
p = logits.softmax(-1)
gate, expert = p.max(-1)  # Switch: one expert, weighted with its own probability
routing = route(logits, capacity=5)
print(expert.tolist(), torch.equal(routing.experts.squeeze(-1), expert))
#> [[0, 0, 1, 2, 1]] True
print(torch.equal(routing.gates.squeeze(-1), gate))
#> True
