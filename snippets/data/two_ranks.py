# run: torchrun --nproc-per-node=2
import torch.distributed as dist
from torch.utils.data import DataLoader, DistributedSampler

dist.init_process_group("gloo")
sampler = DistributedSampler(range(8), seed=0)  # rank and number of ranks come from the group
mine = [batch.tolist() for batch in DataLoader(range(8), batch_size=2, sampler=sampler)]
everyone = [None, None]
dist.all_gather_object(everyone, mine)
if dist.get_rank() == 0:
    for rank, batches in enumerate(everyone):
        print(f"rank {rank}: {batches}")
dist.destroy_process_group()
#> rank 0: [[4, 7], [2, 1]]
#> rank 1: [[0, 3], [5, 6]]
