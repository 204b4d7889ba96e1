from reference_impl.gpt import GPTConfig
from reference_impl.memory import estimate_memory

config = GPTConfig.gpt2("xl", dropout=0.0)
print("GiB                after forward  in the step")
#> GiB                after forward  in the step
for precision in ("float32", "master", "bfloat16"):
    for foreach in (False, True):
        parts = estimate_memory(config, 1, 1024, precision, foreach=foreach)
        forward, step = parts.after_forward / 2**30, parts.in_step / 2**30
        print(f"{precision:8}  {'foreach' if foreach else 'loop':7} {forward:14.2f} {step:12.2f}")
#> float32   loop             22.41        23.81
#> float32   foreach          22.41        29.01
#> master    loop             22.81        23.81
#> master    foreach          22.81        29.01
#> bfloat16  loop             11.21        11.90
#> bfloat16  foreach          11.21        14.51
