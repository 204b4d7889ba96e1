import torch

from reference_impl.attention import DecoderLayer

torch.manual_seed(0)
layer = DecoderLayer(dim=16, heads=2, hidden=32)
x, memory = torch.randn(1, 4, 16), torch.randn(1, 6, 16)  # four tokens of target, six of source

a = layer.attention_norm(x + layer.attention(x, causal=True))
b = layer.cross_attention_norm(a + layer.cross_attention(a, memory))
out = layer.feed_forward_norm(b + layer.feed_forward(b))
print((out - layer(x, memory)).abs().max() < 1e-6)
#> tensor(True)
memory[:, 5] += 1.0  # one token of the source changes: every token of the target notices
print(((layer(x, memory) - out).abs().amax(-1) > 1e-3).tolist())
#> [[True, True, True, True]]
