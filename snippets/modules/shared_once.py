from torch import nn


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(10, 4)
        self.head = nn.Linear(4, 10, bias=False)
        self.head.weight = self.embedding.weight


net = Tied()
print([name for name, _ in net.named_parameters()])
#> ['embedding.weight']
print([name for name, _ in net.named_parameters(remove_duplicate=False)])
#> ['embedding.weight', 'head.weight']
print(list(net.state_dict()), sum(p.numel() for p in net.parameters()))
#> ['embedding.weight', 'head.weight'] 40
first, second = net.state_dict().values()
print(first.data_ptr() == second.data_ptr())
#> True
