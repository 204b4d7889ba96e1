import matplotlib.pyplot as plt
import torch

from reference_impl.position_embeddings.rotary_scaling import frequencies

distance = torch.arange(0, 1025, dtype=torch.float64)
turns = torch.polar(
    torch.ones(1025, 64, dtype=torch.float64), distance[:, None] * frequencies(128).double()
)
alike = turns.real.mean(1)
bound = turns.cumsum(1).abs().mean(1)

fig, (above, below) = plt.subplots(2, 1, figsize=(4.5, 4.0), sharex=True)
above.plot(distance, alike, color="C0")
above.set(ylabel="score, $q = k$\nall ones", ylim=(0, 1.05))
below.plot(distance, bound, color="C1")
below.set(ylabel="bound, times what\ndepends on q and k", xlabel="distance $m - n$", ylim=(0, None))
