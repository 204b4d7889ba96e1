# run: python
import torch

torch.library.define("page::on_gpu_only", "(Tensor x) -> Tensor")
torch.library.impl("page::on_gpu_only", "cuda", lambda x: x + 1)

torch.ops.page.on_gpu_only(torch.ones(2))
#! NotImplementedError: Could not run 'page::on_gpu_only' with arguments from the 'CPU' backend.
