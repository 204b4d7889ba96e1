from reference_impl.optimizers import warmup_cosine
from reference_impl.train import TrainConfig
from reference_impl.train.loop import micro_batches

config = TrainConfig(
    max_steps=1000,
    warmup_steps=20,
    learning_rate=6e-4,
    final_learning_rate=0.1,  # of the highest
    batch_size=4,
    accumulate=16,
    ramp_steps=100,
    weight_decay=0.1,
)
lowest = config.learning_rate * config.final_learning_rate
rate = warmup_cosine(config.warmup_steps, config.max_steps, lowest)
for step in (0, 9, 20, 50, 100, 500, 1000):
    items = config.batch_size * micro_batches(config, step)
    print(f"step {step:4}  learning rate {rate(step, config.learning_rate):.1e}  batch {items}")
#> step    0  learning rate 6.0e-06  batch 4
#> step    9  learning rate 2.7e-04  batch 8
#> step   20  learning rate 6.0e-04  batch 16
#> step   50  learning rate 6.0e-04  batch 32
#> step  100  learning rate 5.9e-04  batch 64
#> step  500  learning rate 3.4e-04  batch 64
#> step 1000  learning rate 6.0e-05  batch 64
