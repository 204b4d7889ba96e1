# run: python
import torch


@torch.library.custom_op("page::first_rows", mutates_args=())
def first_rows(x: torch.Tensor, count: int) -> torch.Tensor:
    return x[:count].clone()


@first_rows.register_fake
def _(x, count):
    return torch.empty_like(x)


torch.library.opcheck(first_rows, (torch.ones(3, 2), 2), test_utils="test_faketensor")
#! OpCheckError: opcheck(op, ...): test_faketensor failed with When comparing the output of page.first_rows.default
