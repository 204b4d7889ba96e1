# requires: onnx
import onnxscript
import torch
from torch import nn

from reference_impl.saving import check_onnx, export_onnx


@torch.library.custom_op("saving_answer::thrice", mutates_args=())
def thrice(x: torch.Tensor) -> torch.Tensor:
    return x * 3


@thrice.register_fake
def _(x):
    return torch.empty_like(x)


class Thrice(nn.Module):
    def forward(self, x):
        return thrice(x)


def translate(x):
    return onnxscript.opset18.Sum(x, x, x)


model, table = Thrice().eval(), {torch.ops.saving_answer.thrice.default: translate}
path = export_onnx(model, (torch.ones(4),), "thrice.onnx", custom_translation_table=table)
print(check_onnx(path, model, [(torch.arange(4.0),)]))
#> 0.0
