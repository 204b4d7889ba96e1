from reference_impl.gpt import GPTConfig
from reference_impl.memory import gpt_activations

for norm in ("pre", "post"):
    config = GPTConfig.gpt2(dropout=0.0, norm=norm)
    terms = gpt_activations(config, 1, 1024)
    block = sum(term.nbytes for term in terms if term.part == "block 0")
    print(norm, block, sum(term.nbytes for term in terms))
#> pre 50397184 765463552
#> post 50397184 765463552
