from bisect import bisect_right

from reference_impl.gpt import GPTConfig
from reference_impl.memory import estimate_memory, gpt_activations

CONFIG, LIMIT = GPTConfig.gpt2("xl", dropout=0.0), 24 * 2**30


def needed(batch, recompute, again):
    parts = estimate_memory(CONFIG, batch, 1024, "bfloat16", recompute=recompute)
    terms = gpt_activations(CONFIG, batch, 1024, "bfloat16")
    block = sum(term.nbytes for term in terms if term.part == "block 0")
    return parts.floor + block * again


for recompute, again in ((False, False), (True, False), (True, True)):
    count = bisect_right(range(1, 256), LIMIT, key=lambda n: needed(n, recompute, again))
    name = "recompute" if recompute else "keep all"
    print(f"{name}{', and one block again' if again else ''}: {count} sequences")
#> keep all: 6 sequences
#> recompute: 99 sequences
#> recompute, and one block again: 75 sequences
