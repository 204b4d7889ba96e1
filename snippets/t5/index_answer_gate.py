from reference_impl.t5 import T5Config

for name in ("t5-base", "t5-v1_1-base"):
    config = T5Config.preset(name)
    print(name, f"{config.dim * config.hidden * (3 if config.gated else 2):,}")
#> t5-base 4,718,592
#> t5-v1_1-base 4,718,592
