from reference_impl.gpt import GPTConfig

print(GPTConfig.gpt3("13B").head_size)
#> 128
GPTConfig.gpt3("13B", head_dim=None)
#! ValueError: expected heads to divide dim 5140, got 40 heads; or give head_dim
