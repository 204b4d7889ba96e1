import torch


def turn(angle):
    c, s = torch.tensor(angle).cos(), torch.tensor(angle).sin()
    return torch.stack([torch.stack([c, -s]), torch.stack([s, c])])


candidates = {
    "stretch": lambda m: (1 + m) * torch.eye(2),
    "mirror": lambda m: torch.diag(torch.tensor([1.0, (-1.0) ** m])),
    "turn": lambda m: turn(0.3 * m),
}
for name, A in candidates.items():
    relative = torch.allclose(A(5).T @ A(3), A(7).T @ A(5), atol=1e-6)
    orthogonal = torch.allclose(A(5).T @ A(5), torch.eye(2), atol=1e-6)
    powers = torch.allclose(A(1).matrix_power(5), A(5), atol=1e-6)
    print(name, relative, orthogonal, powers, torch.equal(A(0), A(2)))
#> stretch False False False False
#> mirror True True True True
#> turn True True True False
