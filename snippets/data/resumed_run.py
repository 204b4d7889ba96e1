from torch.utils.data import DataLoader

from reference_impl.data import ResumableSampler


def run(sampler, epochs, stop_after=None):
    loader = DataLoader(range(10), batch_size=4, sampler=sampler, num_workers=2)
    used = []
    for epoch in range(sampler.epoch, epochs):
        sampler.set_epoch(epoch)  # keeps the position if it is in this epoch already
        for batch in loader:
            used.append(batch.tolist())
            sampler.advance(len(batch))
            if len(used) == stop_after:
                return used
    return used


whole = run(ResumableSampler(10, seed=0), epochs=2)
first = ResumableSampler(10, seed=0)
before = run(first, epochs=2, stop_after=2)
state = first.state_dict()
print(state)
#> {'length': 10, 'seed': 0, 'shuffle': True, 'epoch': 0, 'consumed': 8}

second = ResumableSampler(10, seed=0)
second.load_state_dict(state)
after = run(second, epochs=2)
print(before, "stop", after)
#> [[4, 1, 7, 5], [3, 9, 0, 8]] stop [[6, 2], [5, 6, 1, 2], [0, 8, 9, 3], [7, 4]]
print(before + after == whole)
#> True
