from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        layer = nn.Linear(3, 2)
        print("made:    ", list(self._modules))
        self.layer = layer
        print("assigned:", list(self._modules))


net = Net()
#> made:     []
#> assigned: ['layer']
net.head = nn.Linear(2, 1)
print(list(net._modules), len(list(net.parameters())))
#> ['layer', 'head'] 4
