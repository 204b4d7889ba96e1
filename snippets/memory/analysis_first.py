from reference_impl.memory import CachingAllocator

gpu = CachingAllocator()  # PyTorch's rules for a GPU, on any machine
x = gpu.malloc(3_000_000)
print(gpu.requested, gpu.allocated, gpu.reserved)
gpu.free(x)
print(gpu.requested, gpu.allocated, gpu.reserved)
gpu.empty_cache()
print(gpu.requested, gpu.allocated, gpu.reserved)
