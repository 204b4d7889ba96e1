import torch
from torch.nn.functional import cross_entropy

from reference_impl.distributed import CollectiveCounter, run_ranks, vocab_parallel_cross_entropy


def work(rank, logits, targets):
    part = logits.chunk(4, dim=1)[rank].clone().requires_grad_()
    with CollectiveCounter() as counter:
        loss = vocab_parallel_cross_entropy(part, targets)
        loss.backward()
    return loss.item(), part.grad, dict(counter.counts)


if __name__ == "__main__":
    torch.manual_seed(0)
    logits = (20 * torch.randn(6, 40)).double().requires_grad_()
    targets = torch.tensor([3, 39, -100, 0, 17, 20])
    loss = cross_entropy(logits, targets)
    loss.backward()
    results = run_ranks(work, 4, logits.detach(), targets)
    print([abs(result[0] - loss.item()) < 1e-12 for result in results])
    #> [True, True, True, True]
    print(torch.allclose(torch.cat([result[1] for result in results], dim=1), logits.grad))
    #> True
    print(results[0][2])
    #> {'allreduce_': 2}
