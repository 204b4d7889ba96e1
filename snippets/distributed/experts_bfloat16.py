import torch

torch.manual_seed(0)
x = torch.randn(20_000, 32).bfloat16()
weight = (torch.randn(64, 32) * 32**-0.5).bfloat16()
exact = x.double() @ weight.double().T
wide = x.float() @ weight.float().T
narrow = x @ weight.T  # a router in bfloat16


def flipped(logits):
    return (logits.argmax(-1) != exact.argmax(-1)).float().mean()


print(f"float32: below 0.1 %: {flipped(wide) < 0.001}")
#> float32: below 0.1 %: True
print(f"bfloat16: above 0.3 %: {flipped(narrow) > 0.003}")
#> bfloat16: above 0.3 %: True
best = narrow.softmax(-1).topk(2).values
print(f"ties for the first place above 0.5 %: {(best[:, 0] == best[:, 1]).float().mean() > 0.005}")
#> ties for the first place above 0.5 %: True
