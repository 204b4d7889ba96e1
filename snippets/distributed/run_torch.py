import torch
from torch import nn
from torch.distributed.pipelining import PipelineStage, Schedule1F1B
from torch.nn.functional import mse_loss

from reference_impl.distributed import one_f_one_b, run_ranks


def work(rank, layers, x, y):
    stage = PipelineStage(layers[rank], rank, 2, torch.device("cpu"))
    forward, backward, order = stage.forward_one_chunk, stage.backward_one_chunk, []
    stage.forward_one_chunk = lambda i, *a, **k: order.append(f"F{i}") or forward(i, *a, **k)
    stage.backward_one_chunk = lambda i, *a, **k: order.append(f"B{i}") or backward(i, *a, **k)
    schedule = Schedule1F1B(stage, n_microbatches=3, loss_fn=mse_loss)
    if rank == 0:
        schedule.step(x)
    else:
        schedule.step(target=y)
    return order, layers[rank].weight.grad


if __name__ == "__main__":
    torch.manual_seed(0)
    layers, x, y = [nn.Linear(4, 4), nn.Linear(4, 4)], torch.randn(6, 4), torch.randn(6, 4)
    results = run_ranks(work, 2, layers, x, y)
    mse_loss(layers[1](layers[0](x)), y).backward()
    for rank, (order, gradient) in enumerate(results):
        ours = [str(action) for action in one_f_one_b(2, 3).orders[rank]]
        print(*order, order == ours, torch.allclose(gradient, layers[rank].weight.grad, atol=1e-6))
    #> F0 F1 B0 F2 B1 B2 True True
    #> F0 B0 F1 B1 F2 B2 True True
