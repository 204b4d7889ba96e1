from reference_impl.gpt import GPTConfig
from reference_impl.memory import Parallel, estimate_memory

config = GPTConfig.gpt3("6.7B", band=None)
for count in (1, 8):
    print(f"{count} micro-batches:", end="")
    for stage in (0, 1, 6, 7):
        parallel = Parallel(pipeline=8, micro_batches=count, stage=stage)
        parts = estimate_memory(config, 8, 2048, "bfloat16", parallel=parallel)
        print(f"  stage {stage} {parts.floor / 2**30:5.2f}", end="")
    print(" GiB")
#> 1 micro-batches:  stage 0 13.71  stage 1 12.51  stage 6 12.51  stage 7 15.44 GiB
#> 8 micro-batches:  stage 0 13.71  stage 1 13.01  stage 6  8.00  stage 7  8.76 GiB
