import torch
from torch import nn

for dtype in (torch.float32, torch.float16, torch.bfloat16):
    table = nn.Embedding(1, 1, dtype=dtype)
    table(torch.zeros(4096, dtype=torch.long)).sum().backward()  # one row, 4,096 times
    weight = torch.ones(1, dtype=dtype, requires_grad=True)
    for _ in range(4096):  # micro-batches
        weight.sum().backward()
    ones, index = torch.ones(4096, dtype=dtype), torch.zeros(4096, dtype=torch.long)
    added = torch.zeros(1, dtype=dtype).index_add_(0, index, ones)
    counts = table.weight.grad.item(), weight.grad.item(), added.item()
    print(
        f"{str(dtype)[6:]:8} embedding {counts[0]:.0f}, .grad {counts[1]:.0f}, index_add {counts[2]:.0f}"
    )
#> float32  embedding 4096, .grad 4096, index_add 4096
#> float16  embedding 2048, .grad 2048, index_add 2048
#> bfloat16 embedding 256, .grad 256, index_add 256
flags = torch.backends.cuda.matmul
print(flags.allow_fp16_reduced_precision_reduction, flags.allow_bf16_reduced_precision_reduction)
#> True True
