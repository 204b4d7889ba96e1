# requires: onnx
import onnx
import torch
from torch import nn

from reference_impl.saving import export_onnx

model = nn.Sequential(nn.Embedding(50, 8), nn.LayerNorm(8), nn.Linear(8, 3)).eval()
ids = torch.randint(0, 50, (2, 5))
path = export_onnx(model, (ids,), "tagger.onnx", {"input": {0: "batch", 1: "length"}})

file = onnx.load(path)
print([node.op_type for node in file.graph.node])
#> ['Gather', 'LayerNormalization', 'MatMul', 'Add']
weights = {w.name: onnx.numpy_helper.to_array(w) for w in file.graph.initializer}
print({name: w.shape for name, w in weights.items()})
#> {'0.weight': (50, 8), '1.weight': (8,), '1.bias': (8,), '2.bias': (3,), 'val_2': (8, 3)}
stored = sum(w.nbytes for w in weights.values())
print(stored, "bytes of weights:", path.stat().st_size > stored)
#> 1772 bytes of weights: True
print((weights["val_2"] == model[2].weight.detach().numpy().T).all())
#> True
print([d.dim_param for d in file.graph.input[0].type.tensor_type.shape.dim])
#> ['batch', 'length']
print("opset", file.opset_import[0].version)
#> opset 20
