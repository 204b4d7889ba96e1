# requires: onnx
import torch
from torch import nn

from reference_impl.saving import export_onnx


@torch.library.custom_op("saving_page::twice", mutates_args=())
def twice(x: torch.Tensor) -> torch.Tensor:
    return x * 2


@twice.register_fake
def _(x):
    return torch.empty_like(x)


class Twice(nn.Module):
    def forward(self, x):
        return twice(x)


print(torch.export.export(Twice(), (torch.ones(3),)).module()(torch.ones(3)))
#> tensor([2., 2., 2.])
try:
    export_onnx(Twice().eval(), (torch.ones(3),), "twice.onnx")
except torch.onnx.OnnxExporterError as error:
    cause = next(line for line in str(error).splitlines() if "No ONNX" in line)
    print(cause.partition(">: ")[2].partition(". ")[0])
    #> No ONNX function found for <OpOverload(op='saving_page.twice', overload='default')>
