import torch

theta = torch.tensor(0.3)
z = torch.tensor(3.0 + 1.0j)
c, s = (5 * theta).cos(), (5 * theta).sin()
print(torch.view_as_real(z * torch.polar(torch.tensor(1.0), 5 * theta)))
#> tensor([-0.7853,  3.0632])
print(torch.tensor([[c, -s], [s, c]]) @ torch.tensor([3.0, 1.0]))
#> tensor([-0.7853,  3.0632])
