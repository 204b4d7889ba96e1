import torch

from reference_impl.bert import BertConfig, BertLayer

torch.manual_seed(0)
layer = BertLayer(BertConfig(dim=8, heads=2, hidden=16))
x = torch.randn(1, 3, 8)
query, key, value = layer.qkv.weight.chunk(3)
bias = layer.qkv.bias.detach()
apart = torch.cat([x @ part.T for part in (query, key, value)], dim=-1) + bias
print(torch.allclose(layer.qkv(x), apart, atol=1e-6), apart.shape)
#> True torch.Size([1, 3, 24])
