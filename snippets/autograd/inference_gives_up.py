import torch

w = torch.ones(3, requires_grad=True)
with torch.inference_mode():
    y = w * 2

uses = {
    "save for backward": lambda: w * y,
    "write in place": lambda: y.add_(1),
    "ask for gradients": lambda: y.requires_grad_(),
}
for name, use in uses.items():
    try:
        use()
    except RuntimeError as error:
        reason = str(error).split(".")[0].split(" outside")[0]
        print(f"{name}: {reason}")
#> save for backward: Inference tensors cannot be saved for backward
#> write in place: Inplace update to inference tensor
#> ask for gradients: Setting requires_grad=True on inference tensor

normal = y.clone()
(w * normal).sum().backward()
print(normal.is_inference(), w.grad)
#> False tensor([3., 3., 3.])
