import torch
from torch import nn

net = nn.Sequential(nn.Linear(256, 1024), nn.GELU(), nn.Linear(1024, 256))
optimizer = torch.optim.Adam(net.parameters())
known = {p.untyped_storage().data_ptr() for p in net.parameters()}


def activation_bytes(batch):
    kept = {}

    def pack(t):
        kept[t.untyped_storage().data_ptr()] = t.untyped_storage()
        return t

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda t: t):
        net(torch.ones(batch, 256)).sum().backward()
    return sum(s.nbytes() for address, s in kept.items() if address not in known)


small, large = activation_bytes(16), activation_bytes(4096)
optimizer.step()
state = sum(t.nbytes for entry in optimizer.state.values() for t in entry.values())
print(f"state {state:,}, activations {small:,} or {large:,}")
#> state 4,204,560, activations 147,456 or 37,748,736
