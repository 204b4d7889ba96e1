from reference_impl.data import ResumableSampler

before = [ResumableSampler(12, rank=rank, world_size=2) for rank in range(2)]
used = [list(sampler)[:2] for sampler in before]
for sampler in before:
    sampler.advance(2)
print("used by 2 ranks:", used)
#> used by 2 ranks: [[8, 5], [0, 9]]
print(before[0].state_dict() == before[1].state_dict())
#> True

after = [ResumableSampler(12, rank=rank, world_size=4) for rank in range(4)]
for sampler in after:
    sampler.load_state_dict(before[0].state_dict())
rest = [list(sampler) for sampler in after]
print("left for 4 ranks:", rest)
#> left for 4 ranks: [[7, 3], [4, 1], [2, 11], [10, 6]]
print(sorted(sum(used + rest, [])))
#> [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
