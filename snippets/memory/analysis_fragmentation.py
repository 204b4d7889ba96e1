from reference_impl.memory import CachingAllocator

MIB = 2**20
gpu = CachingAllocator(capacity=64 * MIB)
blocks = [gpu.malloc(4 * MIB) for _ in range(15)]
for block in blocks[1::2]:
    gpu.free(block)

print(gpu.reserved // MIB, gpu.allocated // MIB, gpu.inactive_split // MIB)
#> 60 32 28
print(gpu.largest_free // MIB)
#> 4
gpu.malloc(25 * MIB)
#! OutOfMemoryError: tried to allocate 27,262,976 bytes; the device has 4,194,304
