import torch

from reference_impl.distributed import exchange, run_ranks

rows = [[1, 2], [0, 3]]  # rows[a][b]: what rank a sends to rank b


def work(rank):
    x = (10.0 * rank + torch.arange(3)).requires_grad_()
    out = exchange(x, send=rows[rank], receive=[row[rank] for row in rows])
    (out * (rank + 1)).sum().backward()  # each rank weighs what it got with its own number
    print(x.tolist(), "->", out.tolist(), "gradient", x.grad.tolist())


if __name__ == "__main__":
    run_ranks(work, 2)
    #> [0.0, 1.0, 2.0] -> [0.0] gradient [1.0, 2.0, 2.0]
    #> [10.0, 11.0, 12.0] -> [1.0, 2.0, 10.0, 11.0, 12.0] gradient [2.0, 2.0, 2.0]
