from reference_impl.memory import recorded_memory

for name in ("random, with a limit", "random, expandable, with a limit"):
    part = recorded_memory(name)
    print(f"{part['capacity'] >> 20} MiB allowed, {max(part['reserved']) >> 20} reserved")
#> 160 MiB allowed, 160 reserved
#> 200 MiB allowed, 206 reserved
