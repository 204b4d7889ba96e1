# run: python
import os

os.environ["KINETO_LOG_LEVEL"] = "6"
import torch

from reference_impl.gpt import GPT, GPTConfig
from reference_impl.memory import profile_snapshot

model = GPT(GPTConfig(vocab=1000, context=128, dim=64, layers=4, heads=4)).eval()
ids = torch.randint(1000, (4, 128))
for grad in (True, False):
    with torch.set_grad_enabled(grad), torch.profiler.profile(profile_memory=True) as profile:
        logits = model(ids)
    snapshot = profile_snapshot(profile)
    print(grad, snapshot.peak()[1], snapshot.timeline()[-1])
    del logits
#> True 10769408 10769408
#> False 2179072 2048000
