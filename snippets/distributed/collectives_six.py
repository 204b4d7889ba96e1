import torch

from reference_impl.distributed import (
    all_gather,
    all_reduce,
    all_to_all,
    broadcast,
    reduce_scatter,
    run_ranks,
)


def work(rank):
    x = torch.tensor([1, 2]) + 10 * rank
    found = [x.clone(), broadcast(x.clone(), source=1), all_reduce(x)]
    found += [reduce_scatter(x), all_gather(x), all_to_all(x)]
    return [y.tolist() for y in found]


if __name__ == "__main__":
    names = ["before", "broadcast", "all-reduce", "reduce-scatter", "all-gather", "all-to-all"]
    for name, on_0, on_1 in zip(names, *run_ranks(work, 2)):
        print(f"{name:14} {on_0!s:17} {on_1}")
    #> before         [1, 2]            [11, 12]
    #> broadcast      [11, 12]          [11, 12]
    #> all-reduce     [12, 14]          [12, 14]
    #> reduce-scatter [12]              [14]
    #> all-gather     [1, 2, 11, 12]    [1, 2, 11, 12]
    #> all-to-all     [1, 11]           [2, 12]
