import torch
from torch.utils.checkpoint import checkpoint

from reference_impl.gpt import Block, GPTConfig
from reference_impl.memory import SavedBytes

config = GPTConfig(vocab=1000, context=128, dim=64, layers=4, heads=4)
blocks = torch.nn.Sequential(*(Block(config) for _ in range(4)))
x = torch.randn(8, 128, 64, requires_grad=True)
grads = []
for recompute in (False, True):
    y = x
    with SavedBytes(blocks, x) as saved:
        for block in blocks:
            y = checkpoint(block, y, use_reentrant=False) if recompute else block(y)
    print(saved.nbytes // x.nbytes, "tensors of the size of x")
    grads.append(torch.autograd.grad(y.square().sum(), [x, *blocks.parameters()]))
#> 63 tensors of the size of x
#> 3 tensors of the size of x
print(all(map(torch.equal, *grads)))
#> True
