import torch

from reference_impl.distributed import ParallelFeedForward, make_groups, mesh_seed, run_ranks
from reference_impl.gpt import GPTConfig

CONFIG = GPTConfig(vocab=8, context=8, dim=16, layers=1, heads=4, dropout=0.5)


def work(rank, along):
    groups = make_groups({"data": 2, "tensor": 2})
    layer = ParallelFeedForward(CONFIG, groups["tensor"])
    for p in layer.parameters():
        torch.nn.init.constant_(p, 0.1)
    torch.manual_seed(mesh_seed(0, groups, along))
    out = layer(torch.ones(1, 8, 16))  # a sum over the tensor ranks, then dropout
    return tuple((out != 0).flatten().tolist())


if __name__ == "__main__":
    for along in ([], ["data"], ["data", "tensor"]):
        masks = run_ranks(work, 4, along)
        print(along, "masks:", len(set(masks)), "tensor ranks agree:", masks[0] == masks[1])
    #> [] masks: 1 tensor ranks agree: True
    #> ['data'] masks: 2 tensor ranks agree: True
    #> ['data', 'tensor'] masks: 4 tensor ranks agree: False
