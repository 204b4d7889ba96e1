from torch import distributed

from reference_impl.distributed import run_ranks


def work(rank):
    if rank == 1:
        raise FileNotFoundError("shard-1.bin")
    distributed.barrier()


if __name__ == "__main__":
    run_ranks(work, 3)
    #! RankError: rank 1 of 3: FileNotFoundError: shard-1.bin
