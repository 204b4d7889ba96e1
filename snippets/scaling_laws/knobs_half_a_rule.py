from reference_impl.gpt import GPT
from reference_impl.scaling_laws import Language, mup_groups, small_gpt

mup = small_gpt(Language(), dim=128)
plain = GPT(mup.config)
groups = mup_groups(plain, rate=0.016, width_ratio=4.0)
print(groups[0]["lr"], "as it should be")
#> 0.004 as it should be
start = plain.blocks[0].mlp.up.weight.std() / mup.blocks[0].mlp.up.weight.std()
print(f"but the weights begin {start:.0f} times too large, and no logits are divided")
#> but the weights begin 2 times too large, and no logits are divided
