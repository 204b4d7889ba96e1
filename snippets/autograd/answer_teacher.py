import torch
from torch import nn

torch.manual_seed(0)
student, teacher = nn.Linear(4, 2), nn.Linear(4, 2)
x = torch.randn(8, 4)

with torch.no_grad():
    target = teacher(x)
nn.functional.mse_loss(student(x), target).backward()
print(student.weight.grad.shape, teacher.weight.grad)
#> torch.Size([2, 4]) None

with torch.inference_mode():
    target = teacher(x)
nn.functional.mse_loss(student(x), target)
#! RuntimeError: Inference tensors cannot be saved for backward
