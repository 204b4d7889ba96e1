import torch

from reference_impl.data import window_spans

stream = torch.arange(25)
size = 8
rows = [stream[a:b] for a, b in window_spans(len(stream), size + 1, overlap=1)]
pairs = [(row[:-1], row[1:]) for row in rows]

print([len(inputs) for inputs, _ in pairs])
#> [8, 8, 8]
targets = torch.cat([targets for _, targets in pairs])
print(torch.equal(targets, stream[1:]))
#> True
