from reference_impl.gpt import GPTConfig
from reference_impl.memory import Parallel, estimate_memory

config = GPTConfig.gpt2("xl", dropout=0.0)
for zero in range(4):
    parts = estimate_memory(config, 2, 1024, "master", parallel=Parallel(data=2, zero=zero))
    floor, flight = parts.floor / 2**30, parts.in_flight / 2**30
    print(f"stage {zero}: floor {floor:5.2f} GiB, in flight {flight:.2f} GiB")
#> stage 0: floor 23.81 GiB, in flight 0.00 GiB
#> stage 1: floor 14.87 GiB, in flight 0.00 GiB
#> stage 2: floor 14.11 GiB, in flight 0.15 GiB
#> stage 3: floor 12.66 GiB, in flight 0.36 GiB
