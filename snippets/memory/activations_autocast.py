from reference_impl.gpt import GPTConfig
from reference_impl.memory import gpt_activations

config = GPTConfig.gpt2(dropout=0.0)
for batch in (1, 8):
    for precision in ("float32", "autocast", "bfloat16"):
        terms = gpt_activations(config, batch, 1024, precision)
        blocks = sum(term.nbytes for term in terms if term.part.startswith("block"))
        weights = sum(term.nbytes for term in terms if "weight in" in term.kept)
        loss = sum(term.nbytes for term in terms if term.part == "loss")
        numbers = f"blocks {blocks / 1e6:5.0f} MB, loss {loss / 1e6:5.0f} MB"
        print(f"batch {batch} {precision:8}: {numbers}, weights in both {weights / 1e6:3.0f} MB")
#> batch 1 float32 : blocks   605 MB, loss   161 MB, weights in both   0 MB
#> batch 1 autocast: blocks   510 MB, loss   288 MB, weights in both 247 MB
#> batch 1 bfloat16: blocks   303 MB, loss    80 MB, weights in both   0 MB
#> batch 8 float32 : blocks  4838 MB, loss   205 MB, weights in both   0 MB
#> batch 8 autocast: blocks  2894 MB, loss  1762 MB, weights in both 247 MB
#> batch 8 bfloat16: blocks  2421 MB, loss   102 MB, weights in both   0 MB
