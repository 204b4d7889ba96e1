import torch
from torch import nn
from torch.nn.functional import mse_loss

from reference_impl.distributed import (
    Pipeline,
    gpipe,
    interleaved,
    one_f_one_b,
    run_ranks,
    simulate,
    zero_bubble,
)


def work(rank, schedule, layers, x, y):
    own = [layers[schedule.stage(rank, chunk)] for chunk in range(schedule.chunks)]
    pipeline = Pipeline(schedule, own, mse_loss, shape=(2, 4), dtype=torch.float64)
    pipeline.step(x, y)
    ran = [event.action for event in pipeline.events]
    return ran, [layer.weight.grad for layer in own]


if __name__ == "__main__":
    x, y = torch.randn(2, 8, 4).double()
    for schedule in (gpipe(4, 4), one_f_one_b(4, 4), interleaved(2, 4, 2), zero_bubble(4, 4)):
        layers = [nn.Linear(4, 4).double() for _ in range(schedule.stages)]
        results = run_ranks(work, schedule.ranks, schedule, layers, x, y)
        mse_loss(nn.Sequential(*layers)(x), y).backward()
        events, same = simulate(schedule).events, []
        for rank, (ran, gradients) in enumerate(results):
            same.append(ran == [event.action for event in events if event.rank == rank])
            for chunk, gradient in enumerate(gradients):
                expected = layers[schedule.stage(rank, chunk)].weight.grad
                same.append(torch.allclose(gradient, expected))
        print(schedule.name, all(same))
    #> GPipe True
    #> 1F1B True
    #> interleaved 1F1B, 2 chunks True
    #> zero bubble, ZB-H1 True
