import torch

from reference_impl.mixed_precision import float_format

codes = torch.arange(8)
print(float_format("e2m1").decode(codes).tolist())
#> [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0]
e4m3 = float_format("e4m3").decode(torch.arange(128))
print(e4m3[:9].mul(2**9).tolist(), "/ 512")
#> [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0] / 512
print(e4m3[-8:].tolist())
#> [256.0, 288.0, 320.0, 352.0, 384.0, 416.0, 448.0, nan]
print(float_format("e5m2").decode(torch.arange(120, 128)).tolist())
#> [32768.0, 40960.0, 49152.0, 57344.0, inf, nan, nan, nan]
print(float_format("e8m0").decode(torch.tensor([0, 127, 128, 254, 255])))
#> tensor([5.8775e-39, 1.0000e+00, 2.0000e+00, 1.7014e+38,        nan],
#>        dtype=torch.float64)
