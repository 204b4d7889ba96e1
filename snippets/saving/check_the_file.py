# requires: onnx
import torch
from torch import nn

from reference_impl.saving import check_onnx, export_onnx


class Scaled(nn.Module):
    temperature = 2.0

    def forward(self, x):
        return x / self.temperature


model = Scaled().eval()
path = export_onnx(model, (torch.ones(2, 4),), "scaled.onnx", {"x": {0: "rows"}})
inputs = [(torch.ones(1, 4),), (torch.ones(9, 4),)]
print(check_onnx(path, model, inputs))
#> 0.0

model.temperature = 4.0
check_onnx(path, model, inputs)
#! ValueError: output 'div' for inputs of size (1, 4): 4 of 4 values differ, by up to 0.25
