from torch import nn

net = nn.Sequential(nn.Embedding(10, 4), nn.Linear(4, 10, bias=False))
net[1].weight = net[0].weight
old = net[0].weight

net.half()
print(net[0].weight is old, net[1].weight is net[0].weight)
#> True True
net.to("meta")
print(net[0].weight is old, net[1].weight is net[0].weight)
#> False False
