from reference_impl.memory import block_size, segment_size

for nbytes in (4, 513, 2**20, 2**20 + 1, 5_000_000, 10 * 2**20, 25_000_000):
    block = block_size(nbytes)
    print(f"{nbytes:10,} {block:10,}  from a segment of {segment_size(block) >> 20} MiB")
