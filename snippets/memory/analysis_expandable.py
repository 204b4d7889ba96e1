from reference_impl.memory import CachingAllocator, ExpandableAllocator

MIB = 2**20
for allocator in (CachingAllocator, ExpandableAllocator):
    gpu = allocator()
    cache = gpu.malloc(4 * MIB)
    for tokens in range(2, 41):  # a cache that grows, by a copy each time
        larger = gpu.malloc(4 * tokens * MIB)
        gpu.free(cache)
        cache = larger
    peaks = gpu.max_allocated // MIB, gpu.max_reserved // MIB
    print(f"{allocator.__name__:19}", *peaks)
#> CachingAllocator    316 3272
#> ExpandableAllocator 316 480
