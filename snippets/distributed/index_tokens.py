import torch

from reference_impl.gpt import Block, GPTConfig

torch.manual_seed(0)
block = Block(GPTConfig(vocab=9, context=8, dim=8, layers=1, heads=2))
x = torch.randn(1, 8, 8)
for name, part in (("feed-forward", block.mlp), ("attention", block.attention)):
    halves = torch.cat([part(half) for half in x.chunk(2, dim=1)], dim=1)
    print(
        name,
        torch.allclose(halves[:, :4], part(x)[:, :4], atol=1e-6),
        torch.allclose(halves, part(x), atol=1e-6),
    )
#> feed-forward True True
#> attention True False
