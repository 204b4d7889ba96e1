import torch

from reference_impl.position_embeddings import PositionScheme, Shaw, TinyModel

torch.manual_seed(0)
for scheme in (PositionScheme(), Shaw(16)):
    model = TinyModel(scheme)
    print(type(scheme).__name__, sum(p.numel() for p in model.parameters()))
#> PositionScheme 69136
#> Shaw 70192
