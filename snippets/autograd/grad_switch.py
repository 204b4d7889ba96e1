import torch

w = torch.ones(2, requires_grad=True)


def forward(train):
    with torch.set_grad_enabled(train):
        return (w * 2).requires_grad


print(forward(True), forward(False))
#> True False

with torch.no_grad():
    with torch.enable_grad():
        inner = w * 2
    outer = w * 2
print(inner.requires_grad, outer.requires_grad)
#> True False


@torch.no_grad()
def predict():
    return w * 2


print(predict().requires_grad)
#> False
