import torch

torch.manual_seed(0)
S = torch.randn(4, 4, dtype=torch.float64)
A = torch.matrix_exp(0.2 * (S - S.T))  # any orthogonal matrix without mirrors
values, vectors = torch.linalg.eig(A)
theta = values.angle()
keep = theta > 0  # one of each conjugate pair
v = vectors[:, keep] * 2**0.5
B = torch.stack([v.real, -v.imag], dim=-1).flatten(1)  # the new basis, two columns a pair
theta = theta[keep]

turned = torch.block_diag(
    *[
        torch.stack([torch.stack([t.cos(), -t.sin()]), torch.stack([t.sin(), t.cos()])])
        for t in 7 * theta
    ]
)
print(torch.allclose(B.T @ B, torch.eye(4, dtype=B.dtype)))
#> True
print(torch.allclose(B.T @ A.matrix_power(7) @ B, turned))
#> True
