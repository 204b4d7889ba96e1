import torch
from torch import nn
from torch.nn.functional import silu

from reference_impl.memory import SavedBytes


class Gated(nn.Module):
    def __init__(self, dim, hidden):
        super().__init__()
        self.gate, self.up = nn.Linear(dim, hidden), nn.Linear(dim, hidden)
        self.down = nn.Linear(hidden, dim)

    def forward(self, x):
        return self.down(silu(self.gate(x)) * self.up(x))


layer, x = Gated(12, 32), torch.randn(10, 12, requires_grad=True)
with SavedBytes(layer, x) as saved:
    y = layer(x)
print([(s.op, s.nbytes // (10 * 32 * 4)) for s in saved.storages()])
#> [('silu', 1), ('mul', 1), ('mul', 1), ('linear', 1)]
