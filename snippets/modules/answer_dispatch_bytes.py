import torch
from torch import nn


def bytes_of(build):
    with torch.device("meta"):
        model = build()
    return sum(t.nbytes for t in [*model.parameters(), *model.buffers()])


for width in [256, 512, 1024]:
    print(width, bytes_of(lambda: nn.LSTM(width, width, num_layers=2)))
#> 256 4210688
#> 512 16809984
#> 1024 67174400
