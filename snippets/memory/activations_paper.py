from reference_impl.distributed import activation_bytes
from reference_impl.gpt import GPTConfig
from reference_impl.memory import gpt_activations

config = GPTConfig.gpt2(dropout=0.0)
unit = 8 * 1024 * config.dim  # numbers in the tokens
paper = activation_bytes(config, 1024, 8, recompute="attention") / unit
for precision in ("bfloat16", "autocast"):
    terms = gpt_activations(config, 8, 1024, precision)
    block = [term for term in terms if term.part == "block 0" and "weight" not in term.kept]
    print(precision, round(sum(term.nbytes for term in block) / unit, 2), "paper", paper)
#> bfloat16 32.07 paper 34.0
#> autocast 36.08 paper 34.0
