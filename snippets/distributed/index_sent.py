from reference_impl.gpt import GPTConfig, count_parameters

ranks, number = 8, 2  # bytes of a bfloat16
ring = 2 * (ranks - 1) / ranks  # tensors that a rank sends in an all-reduce
config = GPTConfig.gpt3("6.7B")
numel = count_parameters(config)["total"]
for tokens in (1_000, 100_000):
    activations = tokens * config.dim * number  # what runs between two blocks
    sent = {
        "data parallel": ring * numel * number,
        "ZeRO-3": 1.5 * ring * numel * number,
        "tensor parallel": 4 * config.layers * ring * activations,
        "pipeline": 2 * activations,
    }
    print(tokens, {name: f"{bytes_ / 1e9:.2f} GB" for name, bytes_ in sent.items()})
#> 1000 {'data parallel': '23.30 GB', 'ZeRO-3': '34.96 GB', 'tensor parallel': '1.84 GB', 'pipeline': '0.02 GB'}
#> 100000 {'data parallel': '23.30 GB', 'ZeRO-3': '34.96 GB', 'tensor parallel': '183.50 GB', 'pipeline': '1.64 GB'}
