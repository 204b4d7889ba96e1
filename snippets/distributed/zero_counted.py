import torch

from reference_impl.distributed import Zero1, Zero2, Zero3, run_ranks, zero_bytes
from reference_impl.gpt import GPT, GPTConfig
from reference_impl.optimizers import AdamW

CONFIG = GPTConfig(vocab=64, context=16, dim=32, layers=6, heads=4)


def work(rank, stage):
    model = GPT(CONFIG)
    zero = stage(model, [*model.blocks], AdamW)
    zero(torch.randint(64, (2, 16))).square().mean().backward()
    zero.average_gradients()
    zero.step()
    return zero.peak


if __name__ == "__main__":
    numel = sum(p.numel() for p in GPT(CONFIG).parameters())
    for number, stage in enumerate((Zero1, Zero2, Zero3), start=1):
        peak, formula = run_ranks(work, 4, stage)[0], zero_bytes(numel, number, 4)
        print(
            number, *(f"{kind} {peak[kind] // 1000} ({formula[kind] // 1000:.0f})" for kind in peak)
        )
    #> 1 parameters 315 (315) gradients 315 (315) optimizer 157 (157)
    #> 2 parameters 315 (315) gradients 114 (78) optimizer 157 (157)
    #> 3 parameters 140 (78) gradients 114 (78) optimizer 157 (157)
