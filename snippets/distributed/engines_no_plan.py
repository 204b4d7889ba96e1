from reference_impl.distributed import run_ranks
from reference_impl.train import TrainConfig, train


def work(rank):
    train(TrainConfig(parallel="tp", task="reference_impl.train.characters:task"))


if __name__ == "__main__":
    run_ranks(work, 2)
    #! RankError: ranks 0, 1 of 2: RunError: parallel is 'tp', but the task does not say
