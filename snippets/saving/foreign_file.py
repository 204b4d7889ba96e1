import torch

from reference_impl.saving import load_checkpoint

torch.save({"weight": torch.ones(2)}, "plain.pt")
load_checkpoint("plain.pt")
#! CheckpointError: plain.pt is cut short or no checkpoint: expected b'CLCKPT01' at 48 bytes before its end
