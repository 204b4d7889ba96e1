import os
import time
from datetime import timedelta

from torch import distributed

from reference_impl.distributed import run_ranks


def work(rank):
    if rank >= 2:
        time.sleep(1)  # for example: reads a slow disk
        return ""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # it also logs what it raises
    try:
        distributed.monitored_barrier(timeout=timedelta(seconds=0.3), wait_all_ranks=True)
    except RuntimeError as error:
        return str(error)


if __name__ == "__main__":
    print(run_ranks(work, 4)[0])
    #> [Rank 0]: Ranks 2, 3 failed to pass monitoredBarrier in 300 ms
