import torch

from reference_impl.distributed import all_gather, reduce_scatter, run_ranks

torch.manual_seed(0)
start, gradients = torch.randn(8), torch.randn(4, 8)  # a gradient for each of four ranks

whole = torch.nn.Parameter(start.clone())
whole.grad = gradients.mean(0)
torch.optim.AdamW([whole], lr=0.1).step()


def work(rank):
    piece = torch.nn.Parameter(start[2 * rank :][:2].clone())
    piece.grad = reduce_scatter(gradients[rank]) / 4  # the mean, of my two numbers only
    optimizer = torch.optim.AdamW([piece], lr=0.1)
    optimizer.step()
    return torch.allclose(all_gather(piece.detach()), whole), optimizer.state[piece][
        "exp_avg"
    ].numel()


if __name__ == "__main__":
    print(run_ranks(work, 4))
    #> [(True, 2), (True, 2), (True, 2), (True, 2)]
