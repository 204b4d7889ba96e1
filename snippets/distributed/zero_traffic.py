import torch

from reference_impl.distributed import Zero1, Zero2, Zero3, run_ranks
from reference_impl.gpt import GPT, GPTConfig
from reference_impl.optimizers import AdamW

CONFIG = GPTConfig(vocab=64, context=16, dim=32, layers=6, heads=4)


def work(rank, stage):
    model = GPT(CONFIG)
    zero = stage(model, [*model.blocks], AdamW)
    size = 4 * sum(unit.numel for unit in zero.units)
    zero(torch.randint(64, (2, 16))).square().mean().backward()
    zero.average_gradients()
    zero.step()
    return zero.reduced / size, zero.gathered / size


if __name__ == "__main__":
    for stage in (Zero1, Zero2, Zero3):
        reduced, gathered = run_ranks(work, 2, stage)[0]
        print(f"{stage.__name__}: {reduced:.2f} reduced, {gathered:.2f} gathered")
    #> Zero1: 1.00 reduced, 1.00 gathered
    #> Zero2: 1.00 reduced, 1.00 gathered
    #> Zero3: 1.00 reduced, 1.97 gathered
