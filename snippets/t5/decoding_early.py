import torch

from reference_impl.t5 import T5, T5Config

torch.manual_seed(3)
sizes = {
    "vocab": 8,
    "dim": 16,
    "head_dim": 4,
    "heads": 2,
    "hidden": 16,
    "layers": 1,
    "decoder_layers": 1,
}
model = T5(T5Config(**sizes, gated=True, tied=False)).eval()
model.head.weight.data *= 3
source = torch.randint(2, 8, (16, 6))
found = {
    stop: [
        row[0].score
        for row in model.beam_search(source, 2, 10, length_penalty=2.0, early_stopping=stop)
    ]
    for stop in (True, False, "never")
}
for stop in (True, False):
    gains = [late - early for early, late in zip(found[stop], found["never"], strict=True)]
    print(stop, "never better:", max(gains) < 1e-3, "never worse:", min(gains) > -1e-3)
#> True never better: False never worse: True
#> False never better: False never worse: True
