from torch import nn

net = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4))
before = {name: id(tensor) for name, tensor in net.named_parameters()}
net.half()

for name, tensor in net.state_dict().items():
    print(f"{name:22} {tensor.dtype}")
#> 0.weight               torch.float16
#> 0.bias                 torch.float16
#> 1.weight               torch.float16
#> 1.bias                 torch.float16
#> 1.running_mean         torch.float16
#> 1.running_var          torch.float16
#> 1.num_batches_tracked  torch.int64
print(before == {name: id(tensor) for name, tensor in net.named_parameters()})
#> True
