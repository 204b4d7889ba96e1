from torch import nn


class Backwards(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(4, 1)
        self.body = nn.Linear(3, 4)

    def forward(self, x):
        return self.head(self.body(x))


print([name for name, _ in Backwards().named_parameters()])
#> ['head.weight', 'head.bias', 'body.weight', 'body.bias']
