"""A GPT cut over ranks by DTensor: heads and the width of the feed-forward layers, as in Megatron-LM.

Shoeybi et al., 2019, [*Megatron-LM*](https://arxiv.org/abs/1909.08053), section 3.
"""

# --8<-- [start:tensor_parallel_imports]
import torch
from torch import nn
from torch.distributed.device_mesh import DeviceMesh
from torch.distributed.tensor import DTensor, Partial, Replicate, distribute_tensor
from torch.distributed.tensor.parallel import ColwiseParallel, RowwiseParallel, parallelize_module
from torch.distributed.tensor.placement_types import _StridedShard

# --8<-- [end:tensor_parallel_imports]
from reference_impl.gpt.model import GPT, Block

__all__ = ["cut_over_ranks"]


# --8<-- [start:tensor_parallel_qkv]
class HeadsOfThisRank(nn.Module):
    """The layer that makes queries, keys and values, for the heads of this rank.

    Its matrix holds all queries, then all keys, then all values. A rank needs some rows of each,
    which is what a strided shard with three parts is.

    Args:
        whole: the layer of all heads.
        mesh: the ranks.
    """

    def __init__(self, whole: "nn.Linear", mesh: "DeviceMesh") -> None:
        super().__init__()
        self.mesh = mesh
        self.weight, self.bias = self.rows_of(whole.weight), self.rows_of(whole.bias)

    def rows_of(self, whole: "torch.Tensor") -> "nn.Parameter":
        """Return this rank's rows, as a parameter that knows the whole."""
        rows = [_StridedShard(0, split_factor=3)]
        return nn.Parameter(distribute_tensor(whole.detach(), self.mesh, rows, src_data_rank=None))

    def forward(self, x: "torch.Tensor") -> "torch.Tensor":
        """Return queries, keys and values of some heads; the gradient of `x` is summed over ranks."""
        everywhere = DTensor.from_local(x, self.mesh, [Replicate()], run_check=False)
        x = everywhere.to_local(grad_placements=[Partial()])
        weight, bias = (p.to_local() if isinstance(p, DTensor) else p for p in self.parameters())
        return nn.functional.linear(x, weight, bias)


# --8<-- [end:tensor_parallel_qkv]


def _check_sizes(model: GPT, ranks: int) -> None:
    for name, size in (("heads", model.config.heads), ("hidden width", model.config.hidden_size)):
        if size % ranks:
            raise ValueError(
                f"expected the {name} to be a multiple of the {ranks} ranks, got {size}"
            )


# --8<-- [start:tensor_parallel_gpt]
def cut_over_ranks(model: "GPT", mesh: "DeviceMesh") -> None:
    """Cut a GPT over the ranks of a mesh, in place; embeddings and norms stay whole on each.

    Args:
        model: the same on every rank.
        mesh: of one dimension.

    Raises:
        ValueError: the ranks do not divide the heads, or the width of the feed-forward layers.

    Examples:
        >>> from reference_impl.distributed import run_ranks
        >>> from torch.distributed import init_device_mesh
        >>> from reference_impl.gpt import GPTConfig
        >>> model = GPT(GPTConfig(vocab=9, context=4, dim=8, layers=1, heads=2))
        >>> def work(rank):
        ...     cut_over_ranks(model, init_device_mesh("cpu", (2,)))
        ...     return model(torch.tensor([[1, 2]])).detach()
        >>> expected = model(torch.tensor([[1, 2]]))
        >>> [torch.allclose(found, expected, atol=1e-6) for found in run_ranks(work, 2, start_method="fork")]
        [True, True]
    """
    _check_sizes(model, mesh.size())
    plan = {
        "attention.out": RowwiseParallel(),
        "mlp.up": ColwiseParallel(),
        "mlp.down": RowwiseParallel(),
    }
    for block in model.blocks:
        if isinstance(block, Block):  # as all of them are
            block.attention.heads //= mesh.size()
            block.attention.register_module("qkv", HeadsOfThisRank(block.attention.qkv, mesh))
            parallelize_module(block, mesh, plan, src_data_rank=None)


# --8<-- [end:tensor_parallel_gpt]
