import torch

x = torch.tensor([65519.0, 65520.0, float("inf")])
print(x.half())
#> tensor([65504.,    inf,    inf], dtype=torch.float16)
print(x.bfloat16())
#> tensor([65536., 65536.,    inf], dtype=torch.bfloat16)
print(x.to(torch.float8_e5m2))
#> tensor([inf, inf, inf], dtype=torch.float8_e5m2)
print(x.to(torch.float8_e4m3fn))
#> tensor([448., 448., 448.], dtype=torch.float8_e4m3fn)
