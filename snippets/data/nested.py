import torch

torch.manual_seed(0)
rows = [torch.randn(n, 4) for n in (3, 5, 2)]
linear = torch.nn.Linear(4, 6)

ragged = torch.nested.nested_tensor(rows, layout=torch.jagged)
print(ragged.values().shape, ragged.offsets().tolist())
#> torch.Size([10, 4]) [0, 3, 8, 10]

out = linear(ragged)
print([tuple(row.shape) for row in out.unbind()])
#> [(3, 6), (5, 6), (2, 6)]
print(torch.allclose(out.unbind()[2], linear(rows[2])))
#> True
print(torch.nested.to_padded_tensor(out, 0.0).shape)
#> torch.Size([3, 5, 6])
