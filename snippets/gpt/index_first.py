from dataclasses import asdict

from reference_impl.gpt import GPTConfig

one, two, three = (asdict(c) for c in (GPTConfig.gpt1(), GPTConfig.gpt2(), GPTConfig.gpt3()))
for name in one:
    if not one[name] == two[name] == three[name]:
        print(f"{name:14} {one[name]!s:7} {two[name]!s:7} {three[name]}")
#> vocab          40478   50257   50257
#> context        512     1024    2048
#> dim            768     768     12288
#> layers         12      12      96
#> heads          12      12      96
#> head_dim       None    None    128
#> norm           post    pre     pre
#> final_norm     False   True    True
#> scale_residual False   True    True
#> band           None    None    128
#> dropout        0.1     0.1     0.0
