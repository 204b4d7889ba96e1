from reference_impl.memory import CachingAllocator

MIB = 2**20
for size in (2, 5, 6, 7, 9, 10, 11, 25):
    gpu = CachingAllocator()
    for _ in range(12):
        gpu.malloc(size * MIB)
    print(
        f"{size:2} MiB: {gpu.reserved // MIB} reserved, {gpu.inactive_split // MIB} of it in rests"
    )
