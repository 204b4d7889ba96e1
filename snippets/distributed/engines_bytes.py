import torch

from reference_impl.distributed import run_ranks
from reference_impl.gpt.english import task
from reference_impl.train import TrainConfig
from reference_impl.train.loop import Run


def held(tensors):
    locals_ = [getattr(t, "_local_tensor", t) for t in tensors]
    return sum(t.numel() * t.element_size() for t in locals_)


def work(rank, engine):
    torch.manual_seed(0)
    found = task(vocab=300, dim=64, layers=4, heads=4, context=32, max_characters=20_000)
    run = Run(found, TrainConfig(parallel=engine, batch_size=8))
    run.train_step()
    state = [t for entry in run.optimizer.state.values() for t in entry.values()]
    run.close()
    return held(run.model.parameters()), held(state)


if __name__ == "__main__":
    for engine in ("ddp", "fsdp", "tp"):
        weights, state = run_ranks(work, 4, engine)[0]
        print(f"{engine:5} weights {weights:9,}  optimizer state {state:9,}")
    #> ddp   weights   885,248  optimizer state 1,770,704
    #> fsdp  weights   221,312  optimizer state   442,832
    #> tp    weights   290,048  optimizer state   580,304
