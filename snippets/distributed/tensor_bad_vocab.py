from reference_impl.gpt import GPTConfig

size = GPTConfig.gpt2().vocab
print(size, [size % ranks for ranks in (2, 4, 8)])
#> 50257 [1, 1, 1]
padded = -(-size // 128) * 128  # up to the next multiple
print(padded, [padded % ranks for ranks in (2, 4, 8)])
#> 50304 [0, 0, 0]
