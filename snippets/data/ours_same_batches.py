import torch
import torch.utils.data

from reference_impl import data as ours

results = []
for library in (ours, torch.utils.data):
    generator = torch.Generator().manual_seed(0)
    loader = library.DataLoader(range(10), 4, shuffle=True, num_workers=2, generator=generator)
    results.append([batch.tolist() for epoch in range(3) for batch in loader])
print(results[0][:3])
#> [[3, 7, 5, 2], [0, 8, 1, 6], [9, 4]]
print(results[0] == results[1])
#> True
