from reference_impl.gpt import GPTConfig, count_parameters
from reference_impl.scaling_laws import matrix_parameters

for name, config in {"small": GPTConfig.gpt2(), "xl": GPTConfig.gpt2("xl")}.items():
    total, blocks = count_parameters(config)["total"], matrix_parameters(config)
    print(name, f"{total / 1e6:.0f} M in all, {blocks / 1e6:.0f} M in the blocks' matrices")
#> small 124 M in all, 85 M in the blocks' matrices
#> xl 1558 M in all, 1475 M in the blocks' matrices
