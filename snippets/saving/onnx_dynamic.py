# requires: onnx
# run: python
import logging
import warnings

import onnxruntime
import torch
from torch import nn
from torch.export import Dim

logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # notes on torchvision
warnings.simplefilter("ignore", FutureWarning)  # PyTorch on its own code

torch.manual_seed(0)
model = nn.Sequential(nn.Embedding(50, 8), nn.LayerNorm(8), nn.Linear(8, 3)).eval()
ids = torch.randint(0, 50, (2, 5))
sizes = {0: Dim("batch"), 1: Dim("length")}
program = torch.onnx.export(
    model, (ids,), input_names=["ids"], dynamic_shapes=(sizes,), verbose=False
)
program.save("tagger.onnx")

session = onnxruntime.InferenceSession("tagger.onnx")
for shape in [(2, 5), (1, 1), (7, 40)]:
    ids = torch.randint(0, 50, shape)
    (logits,) = session.run(None, {"ids": ids.numpy()})
    gap = (torch.from_numpy(logits) - model(ids)).abs().max()
    print(logits.shape, bool(gap < 1e-5))
#> (2, 5, 3) True
#> (1, 1, 3) True
#> (7, 40, 3) True
