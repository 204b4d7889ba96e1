from torch import nn

net = nn.Sequential(nn.Linear(256, 1024), nn.GELU(), nn.Linear(1024, 256))
state = 2 * sum(p.nbytes for p in net.parameters())
kept_per_row = 4 * (256 + 1024 + 1024)  # the input of each layer
print(state // kept_per_row)
#> 456
