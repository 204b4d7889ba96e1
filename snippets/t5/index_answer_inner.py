from reference_impl.t5 import T5Config

for name in ("t5-small", "t5-3b", "t5-11b", "t5-v1_1-small", "t5-v1_1-xxl"):
    config = T5Config.preset(name)
    print(name, config.dim, config.heads * config.head_dim)
#> t5-small 512 512
#> t5-3b 1024 4096
#> t5-11b 1024 16384
#> t5-v1_1-small 512 384
#> t5-v1_1-xxl 4096 4096
