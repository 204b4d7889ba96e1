import torch
from torch.nn.functional import cross_entropy

from reference_impl.gpt import GPT, GPTConfig
from reference_impl.mixed_precision import autocast

torch.manual_seed(0)
model = GPT(GPTConfig(vocab=50, context=16, dim=32, layers=2, heads=4))
ids = torch.randint(50, (4, 16))
found = []
for mode in (torch.autocast, autocast):
    model.zero_grad()
    with mode("cpu", torch.float16):
        loss = cross_entropy(model(ids).flatten(0, 1), ids.flatten())
    loss.backward()
    found.append([loss.detach(), *(p.grad.clone() for p in model.parameters())])
print(len(found[0]), all(torch.equal(a, b) for a, b in zip(*found, strict=True)))
#> 29 True
