from torch.utils.data import DistributedSampler

orders = {}
for seed in (0, 1):
    sampler = DistributedSampler(range(8), num_replicas=1, rank=0, seed=seed)
    for epoch in range(3):
        sampler.set_epoch(epoch)
        orders[seed, epoch] = list(sampler)
print([pair for pair in orders if orders[pair] == orders[0, 1]])
#> [(0, 1), (1, 0)]
