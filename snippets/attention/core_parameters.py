from reference_impl.attention import MultiHeadAttention

for heads in (1, 8, 64):
    layer = MultiHeadAttention(dim=512, heads=heads)
    print(heads, layer.head_dim, sum(p.numel() for p in layer.parameters()))
#> 1 512 1050624
#> 8 64 1050624
#> 64 8 1050624
