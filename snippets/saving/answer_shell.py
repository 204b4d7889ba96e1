import torch


class Twice:
    def __reduce__(self):
        return eval, ("6 * 7",)


torch.save(Twice(), "a.pt")
print(torch.load("a.pt", weights_only=False))
#> 42
torch.load("a.pt")
#! UnpicklingError: Weights only load failed.
