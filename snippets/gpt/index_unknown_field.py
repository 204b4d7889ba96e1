from reference_impl.gpt import GPTConfig

print(GPTConfig.gpt2("medium", context=2048).layers)
#> 24
GPTConfig.gpt2(n_layer=6)
#! ValueError: unknown config field 'n_layer', expected one of: vocab, context, dim, layers, heads
