from torch import nn

net = nn.ModuleDict({"embed": nn.Embedding(10, 4), "head": nn.Linear(4, 10, bias=False)})
net["head"].weight = net["embed"].weight
state = net.state_dict()
print(list(state), state["embed.weight"].data_ptr() == state["head.weight"].data_ptr())
#> ['embed.weight', 'head.weight'] True

new = nn.ModuleDict({"embed": nn.Embedding(10, 4), "head": nn.Linear(4, 10, bias=False)})
new.load_state_dict(state)
print(new["head"].weight is new["embed"].weight)
#> False
