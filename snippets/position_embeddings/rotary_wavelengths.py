import torch

from reference_impl.position_embeddings.rotary_scaling import frequencies

for base in (10_000.0, 500_000.0):
    waves = 2 * torch.pi / frequencies(128, base)
    above = int((waves > 4096).sum())
    print(f"{waves[0]:.1f} to {waves[-1]:.0f}; {above} of 64 above 4096")
#> 6.3 to 54410; 18 of 64 above 4096
#> 6.3 to 2559196; 32 of 64 above 4096
