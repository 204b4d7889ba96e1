import torch

from reference_impl.gpt import GPT, GPTConfig
from reference_impl.memory import SavedBytes, gpt_activations

config = GPTConfig(vocab=50, context=32, dim=48, layers=2, heads=4)
model, (ids, targets) = GPT(config), torch.randint(50, (2, 3, 32))
with SavedBytes(model, ids, targets) as saved:
    loss = model.loss(ids, targets)

unit = 3 * 32 * 48 * 4  # bytes of the tokens, (batch, length, dim)
for term in gpt_activations(config, batch=3, length=32):
    if term.part == "block 0":
        print(f"{term.nbytes / unit:5.2f}  {term.kept}")
#>  1.00  attention norm: input
#>  0.04  attention norm: mean and deviation
#>  1.00  qkv: input
#>  3.00  attention: q, k and v
#>  0.08  attention: log of the sums
#>  1.00  attention: output
#>  1.00  mlp norm: input
#>  0.04  mlp norm: mean and deviation
#>  1.00  up: input
#>  4.00  gelu: input
#>  4.00  down: input
print(saved.by_module()["blocks.0"] / unit)
#> 16.166666666666668
