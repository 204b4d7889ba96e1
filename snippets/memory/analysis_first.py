from reference_impl.memory import CachingAllocator

gpu = CachingAllocator()  # PyTorch's rules for a GPU, on any machine
x = gpu.malloc(3_000_000)
print(gpu.requested, gpu.allocated, gpu.reserved)
#> 3000000 3000320 20971520
gpu.free(x)
print(gpu.requested, gpu.allocated, gpu.reserved)
#> 0 0 20971520
gpu.empty_cache()
print(gpu.requested, gpu.allocated, gpu.reserved)
#> 0 0 0
