import torch
from torch import nn

model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU()).eval()
exported = torch.export.export(model, (torch.ones(2, 4),))

for spec in exported.graph_signature.input_specs:
    print(spec.kind.name, spec.arg.name, spec.target)
#> PARAMETER p_0_weight 0.weight
#> PARAMETER p_0_bias 0.bias
#> PARAMETER p_1_weight 1.weight
#> PARAMETER p_1_bias 1.bias
#> BUFFER b_1_running_mean 1.running_mean
#> BUFFER b_1_running_var 1.running_var
#> BUFFER b_1_num_batches_tracked 1.num_batches_tracked
#> USER_INPUT input None
for node in exported.graph.nodes:
    if node.op == "call_function":
        print(node.name, node.target, tuple(node.meta["val"].shape))
#> linear aten.linear.default (2, 8)
#> batch_norm aten.batch_norm.default (2, 8)
#> relu aten.relu.default (2, 8)
