import os
import signal

from torch import distributed

from reference_impl.distributed import run_ranks


def work(rank):
    if rank == 2:
        os.kill(os.getpid(), signal.SIGKILL)  # as the system does when memory runs out
    distributed.barrier()


if __name__ == "__main__":
    run_ranks(work, 3)
    #! RankError: rank 2 of 3: died without a word (signal SIGKILL)
