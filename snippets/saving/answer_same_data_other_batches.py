import torch
from torch.utils.data import DataLoader

from reference_impl.data import ResumableSampler

numbers = torch.arange(12)
sampler = ResumableSampler(12, seed=0)
loader = DataLoader(numbers, batch_size=4, sampler=sampler, num_workers=0)
first = next(iter(loader))
sampler.advance(4)  # one batch was used; then the run stops and goes on with batches of 2
rest = [batch.tolist() for batch in DataLoader(numbers, batch_size=2, sampler=sampler)]
print(sorted(first.tolist() + sum(rest, [])) == list(range(12)))
#> True
