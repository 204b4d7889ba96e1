import torch

from reference_impl.position_embeddings.rotary import Rotary

rotary = Rotary(8).to(torch.bfloat16)
print(rotary.state_dict(), rotary.frequencies().dtype)
#> OrderedDict() torch.float32
