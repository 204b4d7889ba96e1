# requires: onnx
import onnxruntime
import torch
from torch import nn

from reference_impl.saving import export_onnx

model = nn.Linear(4, 3).eval()
export_onnx(model, (torch.ones(2, 4),), "static.onnx")
session = onnxruntime.InferenceSession("static.onnx")
try:
    session.run(None, {"input": torch.ones(7, 4).numpy()})
except Exception as error:
    print(type(error).__name__)
    #> InvalidArgument
    print(str(error).splitlines()[1])
    #>  index: 0 Got: 7 Expected: 2
