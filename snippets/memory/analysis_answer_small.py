from reference_impl.memory import CachingAllocator

gpu = CachingAllocator()
for _ in range(10_000):
    gpu.malloc(4)
print(gpu.requested, gpu.allocated, gpu.reserved)
#> 40000 5120000 6291456

gpu = CachingAllocator()
gpu.malloc(4 * 10_000)
print(gpu.requested, gpu.allocated, gpu.reserved)
#> 40000 40448 2097152
