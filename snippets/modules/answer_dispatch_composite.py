import torch

for name in ["aten::linear", "aten::addmm", "aten::sort", "aten::relu"]:
    keys = ["CPU", "CompositeImplicitAutograd", "CompositeExplicitAutograd"]
    has = torch._C._dispatch_has_kernel_for_dispatch_key
    print(name, [key for key in keys if has(name, key)])
#> aten::linear ['CompositeImplicitAutograd']
#> aten::addmm ['CPU']
#> aten::sort ['CompositeExplicitAutograd']
#> aten::relu ['CPU']
