from torch.utils.data import DataLoader

from reference_impl.data import ResumableSampler

sampler = ResumableSampler(10, shuffle=False)
loader = DataLoader(range(10), batch_size=4, sampler=sampler, drop_last=True)
for batch in loader:
    sampler.advance(len(batch))
print(sampler.epoch, list(sampler), list(loader))
#> 0 [8, 9] []
sampler.set_epoch(1)
print(sampler.epoch, len(loader))
#> 1 2
