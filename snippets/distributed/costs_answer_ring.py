import torch

from reference_impl.distributed import TrainStep, sent_bytes
from reference_impl.gpt import GPTConfig

config = GPTConfig(vocab=20, context=1024, dim=64, layers=2, heads=8)
for dtype in (torch.float32, torch.bfloat16):
    for ranks in (2, 4, 8):
        step = TrainStep(config=config, batch=1, length=1024, ranks=ranks, dtype=dtype)
        sent = sent_bytes("ring", step)
        print(dtype, ranks, round(sent["attention backward"] / sent["attention forward"], 2))
#> torch.float32 2 3.0
#> torch.float32 4 2.33
#> torch.float32 8 2.14
#> torch.bfloat16 2 5.0
#> torch.bfloat16 4 3.67
#> torch.bfloat16 8 3.29
