from reference_impl.train import TrainConfig, train

train(TrainConfig(parallel="ddp", task="reference_impl.gpt.english:task"))
#! RunError: parallel is 'ddp', but this process has no rank: start it with torchrun
