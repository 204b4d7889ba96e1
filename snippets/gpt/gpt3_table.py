from reference_impl.gpt import GPTConfig, count_parameters
from reference_impl.gpt.config import GPT3_SIZES

for size, (_, dim, heads, head_dim) in GPT3_SIZES.items():
    if heads * head_dim != dim:
        print(f"{size}: {heads} * {head_dim} = {heads * head_dim}, d_model = {dim}")
#> 1.3B: 24 * 128 = 3072, d_model = 2048
#> 13B: 40 * 128 = 5120, d_model = 5140
repaired = {"1.3B": {"heads": 16}, "13B": {"dim": 5120}}
for size, change in repaired.items():
    for config in (GPTConfig.gpt3(size), GPTConfig.gpt3(size, **change)):
        print(size, change, f"{count_parameters(config)['total'] / 1e9:.2f}")
        change = "as repaired"
#> 1.3B {'heads': 16} 1.52
#> 1.3B as repaired 1.32
#> 13B {'dim': 5120} 12.94
#> 13B as repaired 12.85
