import torch

a = torch.randn(32, 64).to(torch.float8_e4m3fn)
b = torch.randn(48, 64).to(torch.float8_e4m3fn)
one = torch.ones(())

print(torch._scaled_mm(a, b.t(), one, one).dtype)
#> torch.float8_e4m3fn
print(torch._scaled_mm(a, b.t(), one, one, out_dtype=torch.bfloat16).dtype)
#> torch.bfloat16
print(torch._scaled_mm(a, b.t(), -one, one, out_dtype=torch.float32).isnan().any())
#> tensor(False)
torch._scaled_mm(a, b.t(), one.double(), one)
#! ValueError: Invalid scaling configuration.
