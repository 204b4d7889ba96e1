import torch
import torch.distributed.checkpoint as dcp

from reference_impl.distributed import RankError, run_ranks


def save(rank):
    if rank == 0:  # as one does with torch.save
        dcp.save({"weight": torch.ones(2)}, checkpoint_id="step_1")


if __name__ == "__main__":
    try:
        run_ranks(save, 2, timeout=2.0)
    except RankError as error:
        print(str(error).split(", in")[0])
        #> rank 0 of 2: did not finish within 2 s
