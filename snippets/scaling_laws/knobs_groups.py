from reference_impl.scaling_laws import Language, small_gpt

for dim in (32, 64, 128):
    model = small_gpt(Language(), dim)
    inner, rest = model.groups(rate=0.016)
    spread = model.blocks[0].mlp.up.weight.std().item()
    print(dim, inner["lr"], rest["lr"], f"start {spread:.2f}, logits over {model.width_ratio:.0f}")
#> 32 0.016 0.016 start 0.10, logits over 1
#> 64 0.008 0.016 start 0.07, logits over 2
#> 128 0.004 0.016 start 0.05, logits over 4
