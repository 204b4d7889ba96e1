from functools import partial

import torch
from torch.utils.checkpoint import checkpoint

from reference_impl.gpt import GPT, GPTConfig
from reference_impl.memory import SavedBytes, gpt_activations

config = GPTConfig(vocab=37, context=33, dim=15, layers=3, heads=3)
model, (ids, targets) = GPT(config), torch.randint(37, (2, 5, 33))
for block in model.blocks:
    block.forward = partial(checkpoint, block.forward, use_reentrant=False)
with SavedBytes(model, ids, targets) as saved:
    loss = model.loss(ids, targets)
terms = [t for t in gpt_activations(config, 5, 33, recompute=True) if t.hooked]
print(saved.nbytes, sum(term.nbytes for term in terms))
#> 41184 41184
print([(term.kept, term.nbytes) for term in terms if term.part == "block 1"])
#> [('input of the block', 9900)]
print(torch.get_rng_state().nbytes)
#> 5056
