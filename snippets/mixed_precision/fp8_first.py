import torch

from reference_impl.mixed_precision import Fp8Linear

torch.manual_seed(0)
layer = Fp8Linear(512, 512)
x, target = torch.randn(256, 512, requires_grad=True), torch.randn(256, 512)
exact = torch.nn.functional.linear(x, layer.weight, layer.bias)


def relative_error(found, wanted):
    return ((found - wanted).norm() / wanted.norm()).item()


def gradients(out):
    loss = torch.nn.functional.mse_loss(out, target)
    return torch.autograd.grad(loss, (x, layer.weight))


print(f"output {relative_error(layer(x), exact):.3f}")
#> output 0.037
for name, found, wanted in zip(("input", "weight"), gradients(layer(x)), gradients(exact)):
    print(f"gradient of the {name} {relative_error(found, wanted):.3f}")
#> gradient of the input 0.056
#> gradient of the weight 0.059
