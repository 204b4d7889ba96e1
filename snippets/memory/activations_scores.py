from reference_impl.gpt import GPTConfig
from reference_impl.memory import gpt_activations

for dropout in (0.0, 0.1):
    config = GPTConfig.gpt2(dropout=dropout)
    for length in (256, 1024):
        terms = gpt_activations(config, 1, length)
        block = sum(term.nbytes for term in terms if term.part == "block 0")
        print(f"dropout {dropout}, length {length:4}: {block / length / 1e3:5.0f} kB a token")
#> dropout 0.0, length  256:    49 kB a token
#> dropout 0.0, length 1024:    49 kB a token
#> dropout 0.1, length  256:    98 kB a token
#> dropout 0.1, length 1024:   209 kB a token
