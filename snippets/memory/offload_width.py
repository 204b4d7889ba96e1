from reference_impl.gpt import GPTConfig
from reference_impl.memory import gpt_activations

RATE, LINK = 989.4e12, 64e9  # H100: bfloat16 FLOP/s; PCIe Gen5 x16: bytes/s in one direction
BATCH, LENGTH = 8, 1024
config = GPTConfig.gpt2(dropout=0.0)
tokens, dim = BATCH * LENGTH, config.dim
for precision in ("bfloat16", "autocast"):
    for again in (False, True):
        terms = gpt_activations(config, BATCH, LENGTH, precision, recompute=again)
        kept = sum(t.nbytes for t in terms if t.part == "block 1" and "weight in" not in t.kept)
        c = kept / (tokens * dim)  # bytes for each number of the residual stream
        widths = [c / 24 * RATE * share / LINK for share in (1.0, 0.4)]
        print(
            f"{precision:8} {'recompute' if again else 'keep all':9} c = {c:5.2f}, width",
            *map(round, widths),
        )
#> bfloat16 keep all  c = 32.07, width 20659 8264
#> bfloat16 recompute c =  2.00, width 1288 515
#> autocast keep all  c = 36.08, width 23243 9297
#> autocast recompute c =  4.00, width 2577 1031
