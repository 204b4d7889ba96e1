import torch

from reference_impl.mixed_precision import mx_encode, nvfp4_encode, pack_fp4

x = torch.tensor([0.3, -0.7, 1.1, 5.3]).repeat(8)
for blocks in (mx_encode(x), nvfp4_encode(x)):
    scale = blocks.scale_format.decode(blocks.scales) * blocks.tensor_scale
    print(f"{blocks.bits_per_number} bits, scales {scale.tolist()}")
    print(blocks.codes[:4].tolist(), [f"{number:.2f}" for number in blocks.decode()[:4]])
    print(pack_fp4(blocks.codes).view(torch.float4_e2m1fn_x2).shape)
#> 4.25 bits, scales [1.0]
#> [1, 9, 2, 7] ['0.50', '-0.50', '1.00', '6.00']
#> torch.Size([16])
#> 4.5 bits, scales [0.8833333849906921, 0.8833333849906921]
#> [1, 10, 2, 7] ['0.44', '-0.88', '0.88', '5.30']
#> torch.Size([16])
