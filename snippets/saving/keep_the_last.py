import torch

from reference_impl.saving import CheckpointFolder

checkpoints = CheckpointFolder("checkpoints", keep=2)
for step in (100, 200, 300):
    checkpoints.save(step, {"weight": torch.full((2,), float(step))})
print(checkpoints.steps())
#> [200, 300]

newest = checkpoints.path(300)
content = bytearray(newest.read_bytes())
content[len(content) // 2] ^= 1  # one bit, as a bad disk would flip it
newest.write_bytes(content)

latest = checkpoints.load_latest()
#! UserWarning: step-000000300.pt is damaged: its checksum does not match its content. Using step-000000200.pt
print(latest.step, latest.state)
#> 200 {'weight': tensor([200., 200.])}
