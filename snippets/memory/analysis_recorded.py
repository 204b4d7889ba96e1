from reference_impl.memory import allocator_of, random_calls, recorded_memory, run_calls

for name in ("random", "random, with a limit", "random, expandable"):
    part = recorded_memory(name)
    gpu = allocator_of(part)
    done = run_calls(gpu, random_calls(part["calls"], part["seed"]))
    print(f"{name}: {len(done.addresses)} blocks,", done.addresses == part["addresses"])
    stats = part["stats"]
    print(gpu.max_reserved, gpu.num_alloc_retries, gpu.num_ooms)
    print(stats["reserved_bytes.all.peak"], stats["num_alloc_retries"], stats["num_ooms"])
#> random: 320 blocks, True
#> 255852544 0 0
#> 255852544 0 0
#> random, with a limit: 332 blocks, True
#> 167772160 9 8
#> 167772160 9 8
#> random, expandable: 333 blocks, True
#> 364904448 0 0
#> 364904448 0 0
