import torch
from torch import nn

model = nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.5))
x = torch.ones(2, 4)

for mode in (True, False):
    exported = torch.export.export(model.train(mode), (x,))
    last = [node for node in exported.graph.nodes if node.op == "call_function"][-1]
    print(mode, last.target, last.args[1:])
#> True aten.dropout.default (0.5, True)
#> False aten.dropout.default (0.5, False)

exported.module().eval()
#! NotImplementedError: Calling eval() is not supported yet.
