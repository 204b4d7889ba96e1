from reference_impl.gpt import GPTConfig
from reference_impl.memory import estimate_memory, gpt_activations

for dropout in (0.0, 0.1):
    config = GPTConfig.gpt2("xl", dropout=dropout)
    kept = estimate_memory(config, 1, 1024).activations
    terms = [t for t in gpt_activations(config, 1, 1024) if t.part == "block 0"]
    largest = max(terms, key=lambda term: term.nbytes)
    print(f"dropout {dropout}: {kept / 2**30:5.2f} GiB; most in a block: {largest.kept}")
#> dropout 0.0:  5.00 GiB; most in a block: gelu: input
#> dropout 0.1: 20.24 GiB; most in a block: attention: weights
