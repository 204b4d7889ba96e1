import torch
from torch import nn

from reference_impl.attention import EncoderLayer

torch.manual_seed(0)
theirs = nn.TransformerEncoderLayer(16, nhead=2, dim_feedforward=32, dropout=0.0, batch_first=True)
ours = EncoderLayer.from_torch(theirs)
x = torch.randn(1, 5, 16)

a = ours.attention_norm(x + ours.attention(x))  # post-norm: add first, then normalise
out = ours.feed_forward_norm(a + ours.feed_forward(a))
print((out - ours(x)).abs().max() < 1e-6, (out - theirs(x)).abs().max() < 1e-6)
#> tensor(True) tensor(True)
