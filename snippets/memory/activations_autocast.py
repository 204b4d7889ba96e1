from reference_impl.gpt import GPTConfig
from reference_impl.memory import gpt_activations

config = GPTConfig.gpt2(dropout=0.0)
print("MB               blocks   loss in all copies")
#> MB               blocks   loss in all copies
for batch in (1, 8):
    for precision in ("float32", "autocast", "bfloat16"):
        terms = gpt_activations(config, batch, 1024, precision)
        blocks = sum(term.nbytes for term in terms if term.part.startswith("block"))
        loss = sum(term.nbytes for term in terms if term.part == "loss")
        copies = sum(term.nbytes for term in terms if "weight in" in term.kept)
        sizes = blocks, loss, sum(term.nbytes for term in terms), copies
        print(f"batch {batch} {precision:8}", *(f"{size / 1e6:6.0f}" for size in sizes))
#> batch 1 float32     605    161    765      0
#> batch 1 autocast    510    288    798    247
#> batch 1 bfloat16    303     80    383      0
#> batch 8 float32    4838    205   5043      0
#> batch 8 autocast   2894   1762   4656    247
#> batch 8 bfloat16   2421    102   2524      0
