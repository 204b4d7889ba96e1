import os
import signal
from dataclasses import replace

from reference_impl.distributed import run_ranks
from reference_impl.gpt.english import task
from reference_impl.train import TrainConfig, train


def work(rank, engine, stop):
    calls = []

    def small():
        found = task(vocab=300, dim=32, layers=2, heads=4, context=32, max_characters=20_000)

        def loss(model, batch):
            calls.append(batch)
            if len(calls) == stop and rank == 1:
                os.kill(os.getpid(), signal.SIGTERM)  # one rank is told to stop
            return found.loss(model, batch)

        return replace(found, loss=loss)

    return train(TrainConfig(folder="run", parallel=engine, max_steps=8, progress=False), small)


if __name__ == "__main__":
    ddp = run_ranks(work, 2, "ddp", 3)
    fsdp = run_ranks(work, 4, "fsdp", 2)
    #> resumed at step 3 from step-000000003.pt
    #> note: parallel was ddp, now fsdp: the last bits of the results may differ
    #> note: ranks was 2, now 4: the last bits of the results may differ
    one = work(0, "none", None)
    #> resumed at step 5 from step-000000005.pt
    #> note: parallel was fsdp, now none: the last bits of the results may differ
    #> note: ranks was 4, now 1: the last bits of the results may differ
    #> step 8/8  loss 5.5891  learning rate 1.34e-04  gradient norm 0.726
    #> step 8/8  evaluation loss 5.4944
    print(*(result.step for result in (*ddp, *fsdp, one)))
    #> 3 3 5 5 5 5 8
