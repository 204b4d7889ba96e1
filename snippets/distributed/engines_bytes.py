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
    gradients = [p.grad for p in run.model.parameters()]
    run.close()
    return [held(part) for part in (run.model.parameters(), gradients, state)]


if __name__ == "__main__":
    for engine in ("ddp", "fsdp", "tp"):
        for ranks in (2, 4):
            weights, gradients, state = run_ranks(work, ranks, engine)[0]
            print(
                f"{engine} {ranks}: weights {weights:,}, gradients {gradients:,}, state {state:,}"
            )
    #> ddp 2: weights 885,248, gradients 885,248, state 1,770,704
    #> ddp 4: weights 885,248, gradients 885,248, state 1,770,704
    #> fsdp 2: weights 442,624, gradients 442,624, state 885,456
    #> fsdp 4: weights 221,312, gradients 221,312, state 442,832
    #> tp 2: weights 488,448, gradients 488,448, state 977,104
    #> tp 4: weights 290,048, gradients 290,048, state 580,304
