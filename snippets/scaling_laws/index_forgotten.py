from reference_impl.gpt import GPTConfig
from reference_impl.scaling_laws import forward_flops

models = {
    "GPT-2 small": (GPTConfig.gpt2("small"), 1024),
    "GPT-2 xl": (GPTConfig.gpt2("xl"), 1024),
    "GPT-3 175B": (GPTConfig.gpt3("175B", band=None), 2048),
    "GPT-3 175B, 100k": (GPTConfig.gpt3("175B", band=None, context=100_000), 100_000),
}
for name, (config, length) in models.items():
    counts = forward_flops(config, length)
    shares = {part: round(n / sum(counts.values()), 2) for part, n in counts.items()}
    print(name, shares)
#> GPT-2 small {'blocks': 0.6, 'attention': 0.13, 'head': 0.27}
#> GPT-2 xl {'blocks': 0.86, 'attention': 0.09, 'head': 0.05}
#> GPT-3 175B {'blocks': 0.97, 'attention': 0.03, 'head': 0.0}
#> GPT-3 175B, 100k {'blocks': 0.42, 'attention': 0.57, 'head': 0.0}
