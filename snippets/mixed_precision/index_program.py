from tempfile import TemporaryDirectory

from reference_impl.train import TrainConfig, train
from reference_impl.train.characters import task

for precision in ("fp32", "bf16", "fp16"):
    with TemporaryDirectory() as folder:
        config = TrainConfig(folder=folder, precision=precision, max_steps=20, learning_rate=0.01,
                             batch_size=16, log_every=20, checkpoint_every=20, progress=False)  # fmt: skip  # a list reads as a list
        result = train(config, lambda: task(context=16, width=32, max_bytes=20_000))
        print(precision, f"{result.eval_loss:.2f}")
#> step 20/20  loss 4.0194  learning rate 1.06e-03  gradient norm 0.618
#> step 20/20  evaluation loss 3.2789
#> fp32 3.28
#> step 20/20  loss 4.0196  learning rate 1.06e-03  gradient norm 0.618
#> step 20/20  evaluation loss 3.2791
#> bf16 3.28
#> step 20/20  loss 4.0195  learning rate 1.06e-03  gradient norm 0.618
#> step 20/20  evaluation loss 3.2789
#> fp16 3.28
