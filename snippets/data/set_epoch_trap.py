from torch.utils.data import DataLoader, DistributedSampler

sampler = DistributedSampler(range(8), num_replicas=2, rank=0, seed=0)
loader = DataLoader(range(8), batch_size=4, sampler=sampler)
print("forgotten: ", [batch.tolist() for epoch in range(3) for batch in loader])
#> forgotten:  [[4, 7, 2, 1], [4, 7, 2, 1], [4, 7, 2, 1]]
orders = []
for epoch in range(3):
    sampler.set_epoch(epoch)
    orders += [batch.tolist() for batch in loader]
print("set_epoch: ", orders)
#> set_epoch:  [[4, 7, 2, 1], [5, 2, 7, 1], [0, 7, 6, 1]]
