import torch
from torch import nn

from reference_impl.distributed import MeshGPT, make_groups, run_ranks
from reference_impl.gpt import GPT, GPTConfig

CONFIG = GPTConfig(vocab=16, context=8, dim=16, layers=4, heads=4, init_std=0.3)


def train(model, norm_of, batches):
    optimizer, seen = torch.optim.AdamW(model.parameters(), lr=0.01), []
    for ids in batches:
        optimizer.zero_grad()
        loss, norm = norm_of(ids[:, :-1], ids[:, 1:])
        nn.utils.clip_grads_with_norm_(model.parameters(), 1.0, norm)
        optimizer.step()
        seen.append((round(loss.item(), 6), round(norm.item(), 6)))
    return seen


def work(rank, sizes, state, batches):
    model = MeshGPT(CONFIG, state, make_groups(sizes), micro_batches=2)
    return train(model.stage, lambda *b: (model.backward(*b), model.gradient_norm()), batches)


def alone(ids, targets):
    loss = whole.loss(ids, targets)
    loss.backward()
    return loss, nn.utils.get_total_norm([p.grad for p in whole.parameters()])


if __name__ == "__main__":
    torch.manual_seed(0)
    whole, batches = GPT(CONFIG).double(), torch.randint(16, (10, 4, 9))
    found = run_ranks(work, 8, {"data": 2, "pipe": 2, "tensor": 2}, whole.state_dict(), batches)
    expected = train(whole, alone, batches)
    print(expected[0], expected[-1])
    #> (3.397208, 4.347207) (2.946374, 1.132435)
    print([seen == expected for seen in found])
    #> [True, True, True, True, True, True, True, True]
