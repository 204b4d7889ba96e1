import torch
from torch import nn
from torch.nn.functional import mse_loss

from reference_impl.distributed import Pipeline, one_f_one_b, run_ranks

SCHEDULE = one_f_one_b(ranks=2, micro_batches=3)


def work(rank, layers, x, y):
    pipeline = Pipeline(SCHEDULE, [layers[rank]], mse_loss, shape=(2, 4))
    pipeline.step(x, y)
    return [str(event.action) for event in pipeline.events], layers[rank].weight.grad


if __name__ == "__main__":
    torch.manual_seed(0)
    layers, x, y = [nn.Linear(4, 4), nn.Linear(4, 4)], torch.randn(6, 4), torch.randn(6, 4)
    results = run_ranks(work, 2, layers, x, y)
    mse_loss(layers[1](layers[0](x)), y).backward()
    for layer, (order, gradient) in zip(layers, results, strict=True):
        print(*order, torch.allclose(gradient, layer.weight.grad, atol=1e-6))
    #> F0 F1 B0 F2 B1 B2 True
    #> F0 B0 F1 B1 F2 B2 True
