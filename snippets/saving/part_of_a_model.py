from torch import nn

net = nn.ModuleDict({"encoder": nn.Sequential(nn.Linear(2, 2), nn.ReLU()), "head": nn.Linear(2, 1)})
state = net.state_dict()
print(list(state))
#> ['encoder.0.weight', 'encoder.0.bias', 'head.weight', 'head.bias']

path = "encoder."
part = {key.removeprefix(path): value for key, value in state.items() if key.startswith(path)}
print(nn.Sequential(nn.Linear(2, 2), nn.ReLU()).load_state_dict(part))
#> <All keys matched successfully>
