from reference_impl.gpt import GPTConfig
from reference_impl.memory import Parallel, estimate_memory

padded = GPTConfig.gpt3("6.7B", band=None, vocab=50_304)
parts = estimate_memory(padded, 8, 2048, parallel=Parallel(tensor=8, micro_batches=8))
print(f"{parts.floor / 2**30:.2f} GiB")
#> 18.13 GiB
config = padded.change(vocab=50_257)
estimate_memory(config, 8, 2048, parallel=Parallel(tensor=8, micro_batches=8))
#! ValueError: expected dimension 0 of tokens.weight to be a multiple of the 8 ranks, got 50257
