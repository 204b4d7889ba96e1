# run: torchrun --nproc-per-node=2
import gc

import torch
from torch import distributed as dist
from torch import nn
from torch.nn.functional import mse_loss
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader, DistributedSampler, TensorDataset

dist.init_process_group("gloo")  # on GPUs "nccl", after torch.cuda.set_device
rank = dist.get_rank()
torch.manual_seed(0)
x = torch.randn(64, 3)
data = TensorDataset(x, x.sum(1, keepdim=True))
sampler = DistributedSampler(data)  # half of the rows on each rank
loader = DataLoader(data, batch_size=8, sampler=sampler)  # 16 rows a step
model = DistributedDataParallel(nn.Linear(3, 1))  # averages gradients
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(3):
    sampler.set_epoch(epoch)  # else each epoch has the same order
    total = torch.zeros(())
    for rows, targets in loader:
        loss = mse_loss(model(rows), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.detach() / len(loader) / dist.get_world_size()
    dist.all_reduce(total)  # a rank's own loss is that of its rows only
    if rank == 0:  # the others would print the same
        print(f"epoch {epoch}: loss {total:.3f}")
if rank == 0:
    torch.save(model.module.state_dict(), "model.pt")  # no "module." in names
del model, optimizer
gc.collect()  # DDP goes before its process group
dist.destroy_process_group()
#> epoch 0: loss 3.224
#> epoch 1: loss 0.416
#> epoch 2: loss 0.074
