import torch

from reference_impl.gpt import GPT, GPTConfig
from reference_impl.memory import MemoryTimeline

config = GPTConfig(vocab=1000, context=128, dim=128, layers=4, heads=4)
model, (ids, targets) = GPT(config), torch.randint(1000, (2, 4, 128))
model.loss(ids, targets).backward()
gradients = sum(p.grad.nbytes for p in model.parameters())
print("gradients", gradients)
#> gradients 3750912
for foreach in (False, True):
    with MemoryTimeline(model) as timeline:
        torch.nn.utils.clip_grad_norm_(model.parameters(), 0.01, foreach=foreach)
    print(f"foreach={foreach}:", timeline.worst().live["temporaries"])
#> foreach=False: 420
#> foreach=True: 420
with MemoryTimeline(model) as timeline:
    flat = torch.cat([p.grad.flatten() for p in model.parameters()])
    norm = flat.norm()
print("one flat vector:", timeline.worst().live["temporaries"])
#> one flat vector: 3750916
