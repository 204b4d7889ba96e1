import torch

from reference_impl.distributed import TrainStep, counted_step, run_ranks, sent_bytes
from reference_impl.gpt import GPTConfig

config = GPTConfig(vocab=20, context=24, dim=12, layers=4, heads=4)
step = TrainStep(config=config, batch=4, length=16, ranks=4)

if __name__ == "__main__":
    torch.manual_seed(0)
    for scheme in ("data", "zero-3", "tensor", "pipeline", "ring"):
        counted = [traffic.sent for traffic, _ in run_ranks(counted_step, 4, scheme, step)]
        formula = [sum(sent_bytes(scheme, step, rank).values()) for rank in range(4)]
        print(scheme, counted, counted == formula)
    #> data [48844, 48848, 48848, 48844] True
    #> zero-3 [71452, 71456, 71456, 71452] True
    #> tensor [84096, 84096, 84096, 84096] True
    #> pipeline [4032, 6144, 6144, 4032] True
    #> ring [109972, 109976, 109976, 109972] True
