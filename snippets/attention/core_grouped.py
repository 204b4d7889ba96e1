import torch

from reference_impl.attention import MultiHeadAttention

x = torch.ones(1, 1, 512, dtype=torch.bfloat16)
for name, kv_heads in (("multi-head", 8), ("grouped", 2), ("multi-query", 1)):
    layer = MultiHeadAttention(512, heads=8, kv_heads=kv_heads).bfloat16()
    k, v = layer.project_kv(x)
    parameters = sum(p.numel() for p in layer.parameters())
    print(name, parameters, k.nbytes + v.nbytes, "bytes a token")
#> multi-head 1050624 2048 bytes a token
#> grouped 656640 512 bytes a token
#> multi-query 590976 256 bytes a token
