import torch

torch.save({"w": torch.zeros(1000), "b": torch.ones(3)}, "a.pt")
print(torch.load("a.pt", map_location="meta")["w"])
#> tensor(..., device='meta', size=(1000,))

mapped = torch.load("a.pt", mmap=True)
mapped["b"] += 1
print(mapped["b"], torch.load("a.pt")["b"])
#> tensor([2., 2., 2.]) tensor([1., 1., 1.])
