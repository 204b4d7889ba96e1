import torch

from reference_impl.gpt import GPT, GPTConfig
from reference_impl.memory import Offload, gpt_activations

config = GPTConfig(vocab=50, context=64, dim=48, layers=4, heads=4)
model, (ids, targets) = GPT(config), torch.randint(50, (2, 8, 64))
block = sum(t.nbytes for t in gpt_activations(config, 8, 64) if t.part == "block 3")
for blocks in range(5):
    with Offload(model, ids, targets, keep_bytes=blocks * block) as offload:
        loss = model.loss(ids, targets)
    out = offload.moved_out
    loss.backward()
    print(blocks, f"{out:9,}", f"{offload.moved_back:9,}")
#> 0 6,459,392 6,459,392
#> 1 4,870,144 4,870,144
#> 2 3,280,896 3,280,896
#> 3 1,691,648 1,691,648
#> 4   102,400   102,400
