import torch
from torch import nn
from torch.distributed import init_device_mesh

from reference_impl.distributed import run_ranks
from reference_impl.gpt import GPT, GPTConfig
from reference_impl.gpt.tensor_parallel import cut_over_ranks
from reference_impl.train.parallel import clip_gradients

ids = torch.tensor([[1, 2, 3], [4, 5, 6]])


def work(rank, model, careful):
    cut_over_ranks(model, init_device_mesh("cpu", (2,)))
    model.loss(ids[:, :-1], ids[:, 1:]).backward()
    parameters = list(model.parameters())
    return float((clip_gradients if careful else nn.utils.clip_grad_norm_)(parameters, 1.0))


if __name__ == "__main__":
    torch.manual_seed(0)
    model = GPT(GPTConfig(vocab=9, context=4, dim=8, layers=1, heads=2))
    print([f"{norm:.4f}" for norm in run_ranks(work, 2, model, True)])
    #> ['1.9490', '1.9490']
    model.loss(ids[:, :-1], ids[:, 1:]).backward()
    print(f"{nn.utils.clip_grad_norm_(model.parameters(), 1.0):.4f}")
    #> 1.9490
    model.zero_grad()
    run_ranks(work, 2, model, False)
    #! RankError: ranks 0, 1 of 2: RuntimeError: aten._foreach_norm.Scalar got mixed torch.Tensor
