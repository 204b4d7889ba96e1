import torch

from reference_impl.mixed_precision import float_format

fmt = float_format("bf16")
codes = torch.arange(2**16)
theirs = codes.to(torch.uint16).view(torch.bfloat16)
ours = fmt.decode(codes)
numbers = ~ours.isnan()
print(torch.equal(ours[numbers], theirs[numbers].double()), numbers.sum().item())
#> True 65282

x = ours[ours.isfinite()].unique()
middles = ((x[1:] + x[:-1]) / 2).float()
points = torch.cat([middles, middles.nextafter(middles * 2), middles.nextafter(middles * 0)])
rounded = points.bfloat16().view(torch.uint16).long()
print(torch.equal(fmt.encode(points), rounded), len(points))
#> True 195834
