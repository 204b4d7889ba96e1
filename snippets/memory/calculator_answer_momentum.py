from reference_impl.gpt import GPTConfig
from reference_impl.memory import estimate_memory

config = GPTConfig.gpt2("xl", dropout=0.0)
for optimizer in ("sgd", "momentum", "adamw"):
    for foreach in (False, True):
        parts = estimate_memory(config, 1, 1024, "float32", optimizer, foreach=foreach)
        more = parts.step_temporaries / 2**30
        name = "foreach" if foreach else "loop"
        print(
            f"{optimizer:8} {name:7}  floor {parts.floor / 2**30:5.2f}, temporaries {more:.2f} GiB"
        )
#> sgd      loop     floor 11.61, temporaries 0.00 GiB
#> sgd      foreach  floor 11.61, temporaries 0.00 GiB
#> momentum loop     floor 17.41, temporaries 0.00 GiB
#> momentum foreach  floor 17.41, temporaries 0.00 GiB
#> adamw    loop     floor 23.81, temporaries 0.60 GiB
#> adamw    foreach  floor 29.01, temporaries 5.80 GiB
