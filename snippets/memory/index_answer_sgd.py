from reference_impl.memory import OPTIMIZERS, model_states

for optimizer in OPTIMIZERS:
    row = [
        model_states([10**9], precision, optimizer).states / 10**9
        for precision in ("float32", "master", "bfloat16")
    ]
    print(optimizer, [round(x) for x in row])
#> sgd [8, 8, 4]
#> momentum [12, 12, 6]
#> adamw [16, 16, 8]
