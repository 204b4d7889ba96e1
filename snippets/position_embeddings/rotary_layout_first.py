import torch

from reference_impl.position_embeddings.rotary import Rotary

x = torch.tensor([[1.0, 0.0, 0.0, 0.0]])
for layout in ("interleaved", "half-split"):
    y = Rotary(4, layout=layout).turn(x, torch.tensor([1]))
    print(layout, [round(v, 2) for v in y[0].tolist()])
#> interleaved [0.54, 0.84, 0.0, 0.0]
#> half-split [0.54, 0.0, 0.84, 0.0]
