import torch

from reference_impl.gpt import GPT, GPTConfig
from reference_impl.memory import SavedBytes, gpt_activations

torch.manual_seed(0)
shapes = [("pre", 0.0, None, 1, 33), ("post", 0.0, None, 5, 7), ("pre", 0.1, None, 2, 33)]
shapes += [("pre", 0.0, 5, 3, 33), ("pre", 0.0, None, 9, 1)]
for norm, dropout, band, batch, length in shapes:
    sizes = {"vocab": 37, "context": 33, "dim": 15, "layers": 3, "heads": 3}
    config = GPTConfig(**sizes, norm=norm, dropout=dropout, band=band)
    model, (ids, targets) = GPT(config), torch.randint(37, (2, batch, length))
    for precision in ("float32", "autocast"):
        autocast = torch.autocast("cpu", torch.bfloat16, enabled=precision == "autocast")
        with SavedBytes(model, ids, targets) as saved, autocast:
            loss = model.loss(ids, targets)
        terms = gpt_activations(config, batch, length, precision)
        print(saved.nbytes, sum(term.nbytes for term in terms if term.hooked))
#> 100320 100320
#> 81928 81928
#> 106176 106176
#> 85620 85620
#> 460944 460944
#> 412786 412786
#> 325524 325524
#> 244630 244630
#> 27296 27296
#> 34872 34872
