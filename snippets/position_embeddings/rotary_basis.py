import torch

torch.manual_seed(0)
W_q, W_k = torch.randn(2, 4, 6, dtype=torch.float64)
x, y = torch.randn(2, 6, dtype=torch.float64)
A = torch.linalg.qr(torch.randn(4, 4, dtype=torch.float64)).Q  # one step of position
B = torch.linalg.qr(torch.randn(4, 4, dtype=torch.float64)).Q  # another basis

one = (A.matrix_power(5) @ W_q @ x) @ (A.matrix_power(3) @ W_k @ y)
C = B.T @ A @ B  # the same step, seen in that basis
other = (C.matrix_power(5) @ (B.T @ W_q) @ x) @ (C.matrix_power(3) @ (B.T @ W_k) @ y)
print(torch.allclose(one, other))
#> True
