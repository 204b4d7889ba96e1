from reference_impl.gpt import GPTConfig, count_parameters
from reference_impl.scaling_laws import matrix_parameters, training_flops

for name, config in {"small": GPTConfig.gpt2(), "xl": GPTConfig.gpt2("xl")}.items():
    exact = training_flops(config, length=1024, tokens=1)
    sizes = {"all": count_parameters(config)["total"], "blocks": matrix_parameters(config)}
    for what, size in sizes.items():
        print(f"{name}, {what}: {size / 1e6:.0f} M, 6ND has {6 * size / exact:.0%} of the work")
#> small, all: 124 M, 6ND has 87% of the work
#> small, blocks: 85 M, 6ND has 60% of the work
#> xl, all: 1558 M, 6ND has 91% of the work
#> xl, blocks: 1475 M, 6ND has 86% of the work
