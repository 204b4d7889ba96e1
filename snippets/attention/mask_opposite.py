import torch
from torch import nn

from reference_impl.attention import MultiHeadAttention, padding_mask

torch.manual_seed(0)
theirs = nn.MultiheadAttention(8, 2, batch_first=True)
ours = MultiHeadAttention.from_torch(theirs)
x = torch.randn(2, 4, 8)
may_look = padding_mask(torch.tensor([4, 2]), kv_len=4)
expected = ours(x, mask=may_look)

same = theirs(x, x, x, key_padding_mask=may_look[:, 0, 0])[0]
turned = theirs(x, x, x, key_padding_mask=~may_look[:, 0, 0])[0]
print(torch.allclose(same, expected, atol=1e-6), torch.allclose(turned, expected, atol=1e-6))
#> False True
