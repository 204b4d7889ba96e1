import torch

from reference_impl.gpt import GPT, GPTConfig
from reference_impl.memory import Offload, SavedBytes

config = GPTConfig(vocab=50, context=64, dim=48, layers=4, heads=4)
model, (ids, targets) = GPT(config), torch.randint(50, (2, 8, 64))
with SavedBytes(model, ids, targets) as saved:
    loss = model.loss(ids, targets)
print(saved.nbytes)
#> 6459904
loss.backward()
plain = [p.grad.clone() for p in model.parameters()]

model.zero_grad()
with Offload(model, ids, targets) as offload:
    loss = model.loss(ids, targets)
print(offload.moved_out, offload.moved_back)
#> 6459392 0
loss.backward()
print(offload.moved_out, offload.moved_back)
#> 6459392 6459392
print(all(torch.equal(p.grad, g) for p, g in zip(model.parameters(), plain, strict=True)))
#> True
