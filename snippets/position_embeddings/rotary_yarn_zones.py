from reference_impl.position_embeddings.rotary_scaling import YaRNScaling

yarn = YaRNScaling(8.0, original_length=4096)
share = yarn.interpolated_share(128, 10_000.0)
print(int((share == 0).sum()), int(((share > 0) & (share < 1)).sum()), int((share == 1).sum()))
#> 21 25 18
print(round(yarn.attention_factor, 4), round(yarn.attention_factor**2, 4))
#> 1.2079 1.4591
