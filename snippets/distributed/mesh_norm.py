import torch
from torch import distributed

from reference_impl.distributed import make_groups, mesh_gradient_norm, run_ranks
from reference_impl.distributed.tensor_parallel import ParallelGPT, shard_state
from reference_impl.gpt import GPT, GPTConfig

CONFIG = GPTConfig(vocab=16, context=8, dim=16, layers=2, heads=4, init_std=0.3)


def work(rank, state, ids):
    groups = make_groups({"data": 2, "tensor": 2})
    model = ParallelGPT(CONFIG, groups["tensor"])
    model.load_state_dict(shard_state(state, rank % 2, 2))
    model.loss(ids, ids).backward()  # both replicas have the same rows: nothing to average
    own = sum(p.grad.square().sum() for p in model.parameters())
    distributed.all_reduce(tensor := own.clone(), group=groups["tensor"])
    distributed.all_reduce(world := own.clone())
    norms = own.sqrt(), tensor.sqrt(), world.sqrt(), mesh_gradient_norm(model, groups)
    return [round(norm.item(), 3) for norm in norms]


if __name__ == "__main__":
    torch.manual_seed(0)
    whole, ids = GPT(CONFIG), torch.randint(16, (4, 8))
    whole.loss(ids, ids).backward()
    norm = torch.nn.utils.get_total_norm([p.grad for p in whole.parameters()])
    print("one process:", round(norm.item(), 3))
    #> one process: 3.567
    found = run_ranks(work, 4, whole.state_dict(), ids)
    for name, norms in zip(("own", "tensor", "world", "once"), zip(*found)):
        print(name, *norms)
    #> own 2.406 2.922 2.406 2.922
    #> tensor 3.785 3.785 3.785 3.785
    #> world 5.353 5.353 5.353 5.353
    #> once 3.567 3.567 3.567 3.567
