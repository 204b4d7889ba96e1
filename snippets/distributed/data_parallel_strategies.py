import torch

from reference_impl.distributed import DataParallel, run_ranks
from reference_impl.gpt import GPT, GPTConfig

CONFIG = GPTConfig(vocab=64, context=16, dim=32, layers=4, heads=4)


def work(rank, strategy):
    model = DataParallel(GPT(CONFIG), strategy, bucket_bytes=50_000)
    ids = torch.randint(64, (4, 17))
    model(ids[:, :-1]).square().mean().backward()
    model.average_gradients()
    return model.calls, model.bytes, model.launched_in_backward


if __name__ == "__main__":
    for strategy in ("naive", "bucketed", "overlapped"):
        print(f"{strategy:10}", run_ranks(work, 2, strategy)[0])
    #> naive      (52, 213760, 0)
    #> bucketed   (5, 213760, 0)
    #> overlapped (5, 213760, 5)
