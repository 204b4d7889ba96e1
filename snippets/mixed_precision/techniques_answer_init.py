import torch

scaler = torch.amp.GradScaler("cpu")
for dtype in (torch.float32, torch.float16):
    loss = torch.tensor(2.5, dtype=dtype, requires_grad=True)
    scaled = scaler.scale(loss)
    print(scaler.get_scale(), loss.dtype, "->", scaled.dtype, scaled.item())
    half = torch.ones(3, dtype=dtype, requires_grad=True)
    scaler.scale(half.mean()).backward()
    print(half.grad)
#> 65536.0 torch.float32 -> torch.float32 163840.0
#> tensor([21845.3340, 21845.3340, 21845.3340])
#> 65536.0 torch.float16 -> torch.float32 163840.0
#> tensor([inf, inf, inf], dtype=torch.float16)
