import torch
from torch import nn
from torch.nn.functional import dropout, gelu, layer_norm, linear, relu, rms_norm, softmax

from reference_impl.memory import SavedBytes

square, scale = nn.Parameter(torch.randn(10, 10)), nn.Parameter(torch.ones(10))
functions = {
    "linear": lambda x: linear(x, square),
    "relu": relu,
    "gelu": gelu,
    "softmax": lambda x: softmax(x, -1),
    "layer_norm": lambda x: layer_norm(x, (10,), scale),
    "rms_norm": lambda x: rms_norm(x, (10,), scale),
    "dropout": lambda x: dropout(x, 0.5),
    "add": lambda x: x + 1,
}
x = torch.randn(2, 10, requires_grad=True)  # 80 bytes
weights = nn.ParameterList([square, scale])
for name, function in functions.items():
    counts = []
    for known in ([weights], [weights, x]):
        with SavedBytes(*known) as saved:
            y = function(x)
        counts.append(saved.nbytes)
    print(f"{name:10} keeps {counts[0]:3} bytes, {counts[1]:2} of them beside x")
#> linear     keeps  80 bytes,  0 of them beside x
#> relu       keeps  80 bytes, 80 of them beside x
#> gelu       keeps  80 bytes,  0 of them beside x
#> softmax    keeps  80 bytes, 80 of them beside x
#> layer_norm keeps  96 bytes, 16 of them beside x
#> rms_norm   keeps 168 bytes, 88 of them beside x
#> dropout    keeps  80 bytes, 80 of them beside x
#> add        keeps   0 bytes,  0 of them beside x
