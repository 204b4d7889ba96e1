from reference_impl.train import TrainConfig
from reference_impl.train.with_deepspeed import deepspeed_settings

config = TrainConfig(batch_size=64, accumulate=4, clip_norm=1.0)
for name, value in deepspeed_settings(config, stage=3, ranks=8).items():
    print(f"{name}: {value}")
#> train_micro_batch_size_per_gpu: 8
#> gradient_accumulation_steps: 4
#> gradient_clipping: 1.0
#> zero_optimization: {'stage': 3}
#> zero_allow_untested_optimizer: True
#> steps_per_print: 1001
