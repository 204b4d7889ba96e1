import torch

from reference_impl.saving import zip_entries

x = torch.arange(100.0)
torch.save([x[:10], x[90:], x.view(10, 10)], "a.pt")
print([entry.size for entry in zip_entries("a.pt") if entry.name.startswith("data/")])
#> [400]
torch.save([x[:10].clone(), x[90:].clone()], "a.pt")
print([entry.size for entry in zip_entries("a.pt") if entry.name.startswith("data/")])
#> [40, 40]
