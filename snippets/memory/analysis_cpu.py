# run: python
import os

os.environ["KINETO_LOG_LEVEL"] = "6"
import torch

from reference_impl.attention import LiveBytes
from reference_impl.gpt import GPT, GPTConfig
from reference_impl.memory import profile_snapshot

model = GPT(GPTConfig(vocab=1000, context=128, dim=64, layers=2, heads=4))
ids, targets = torch.randint(1000, (2, 4, 128))
with LiveBytes() as counted:
    loss = model.loss(ids, targets)
print(counted.live, counted.peak)
del loss

with torch.profiler.profile(profile_memory=True, with_stack=True) as profile:
    loss = model.loss(ids, targets)
snapshot = profile_snapshot(profile)
print(snapshot.timeline()[-1], snapshot.peak()[1])
for frame, nbytes in snapshot.by_frame_at_peak().most_common(3):
    print(f"{nbytes:9,}", frame)
#> 4750340 4881412
#> 4750340 5979652
#> 2,097,152 reference_impl/gpt/model.py(123): forward
#> 1,485,316 reference_impl/gpt/model.py(83): _output_loss
#> 1,064,960 reference_impl/gpt/model.py(151): forward
