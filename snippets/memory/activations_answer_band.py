from reference_impl.gpt import GPTConfig
from reference_impl.memory import gpt_activations

for band in (None, 64, 128, 256):
    config = GPTConfig.gpt2(dropout=0.0, band=band)
    terms = gpt_activations(config, 1, 1024)
    block = sum(term.nbytes for term in terms if term.part == "block 1")
    print(band, round(block / 1e6))
#> None 50
#> 64 63
#> 128 69
#> 256 82
