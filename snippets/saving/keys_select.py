from torch import nn

model = nn.ModuleDict({"encoder": nn.Linear(3, 4), "head": nn.Linear(4, 2)})
state = model.state_dict()

part = {k: v for k, v in state.items() if k.startswith("encoder.")}
renamed = {k.removeprefix("encoder."): v for k, v in part.items()}
print(nn.Linear(3, 4).load_state_dict(renamed))
#> <All keys matched successfully>

sizes = {k: v.nbytes for k, v in state.items()}
print(sizes)
#> {'encoder.weight': 48, 'encoder.bias': 16, 'head.weight': 32, 'head.bias': 8}
