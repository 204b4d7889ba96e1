# run: python
import torch


@torch.library.custom_op("page::shift", mutates_args=())
def shift(x: torch.Tensor) -> torch.Tensor:
    return x.add_(1).clone()


torch.library.opcheck(shift, (torch.ones(2),), test_utils="test_schema")
#! OpCheckError: opcheck(op, ...): test_schema failed with Argument x is not defined as mutable but was mutated
