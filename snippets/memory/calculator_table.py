from reference_impl.gpt import GPTConfig
from reference_impl.memory import estimate_memory

models = {}
for size in ("small", "medium", "large", "XL"):
    models[f"GPT-2 {size}"] = GPTConfig.gpt2(size.lower(), dropout=0.0)
for size in ("6.7B", "175B"):
    models[f"GPT-3 {size}"] = GPTConfig.gpt3(size, band=None)

print(f"{'GiB':12}  weights  gradients  optimizer  activations     floor")
#> GiB           weights  gradients  optimizer  activations     floor
for name, config in models.items():
    parts = estimate_memory(config, 1, config.context)
    sizes = (parts.parameters, parts.gradients, parts.optimizer, parts.activations, parts.floor)
    weights, gradients, state, kept, floor = (size / 2**30 for size in sizes)
    print(f"{name:12} {weights:8.2f} {gradients:10.2f} {state:10,.2f} {kept:12.2f} {floor:9,.2f}")
#> GPT-2 small      0.46       0.46       0.93         0.71      2.14
#> GPT-2 medium     1.32       1.32       2.64         1.70      5.67
#> GPT-2 large      2.88       2.88       5.77         3.07     12.01
#> GPT-2 XL         5.80       5.80      11.61         5.00     23.81
#> GPT-3 6.7B      24.80      24.80      49.61        16.84    100.75
#> GPT-3 175B     650.45     650.45   1,300.90       146.56  2,606.41
