import torch

from reference_impl.gpt import GPT, GPTConfig

torch.manual_seed(0)
model = GPT(GPTConfig(vocab=9, context=12, dim=8, layers=4, heads=2, band=3))
x = torch.randn(1, 12, 8, requires_grad=True)
for block in model.blocks:
    (seen,) = torch.autograd.grad(block.attention(x)[0, -1].sum(), x)
    print((seen[0].abs().sum(-1) > 0).int().tolist())  # what the last token looks at
#> [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]
#> [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1]
#> [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]
#> [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1]
