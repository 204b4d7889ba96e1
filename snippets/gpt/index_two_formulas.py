import torch

from reference_impl.gpt import Block, GPTConfig

torch.manual_seed(0)
small = {"vocab": 9, "context": 4, "dim": 8, "layers": 1, "heads": 2, "dropout": 0.0}
x = torch.randn(1, 3, 8)

b = Block(GPTConfig.gpt1(**small))
by_hand = b.attention_norm(x + b.attention(x))
by_hand = b.mlp_norm(by_hand + b.mlp(by_hand))
print(torch.allclose(b(x), by_hand, atol=1e-6))
#> True

b = Block(GPTConfig.gpt2(**small))
by_hand = x + b.attention(b.attention_norm(x))
by_hand = by_hand + b.mlp(b.mlp_norm(by_hand))
print(torch.allclose(b(x), by_hand, atol=1e-6))
#> True
