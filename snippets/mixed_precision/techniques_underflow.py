from pydoc_data.topics import topics

import torch
from torch.nn.functional import cross_entropy

from reference_impl.gpt import GPT, GPTConfig

torch.manual_seed(0)
text = torch.tensor(list(topics["assert"].encode()))
model = GPT(GPTConfig(vocab=256, context=32, dim=64, layers=4, heads=4))
ids = torch.stack([text[i : i + 33] for i in range(0, 512, 32)])
logits = model(ids[:, :-1])
cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten()).backward()
grads = torch.cat([p.grad.flatten() for p in model.parameters()])
grads = grads[grads != 0]
for power in (0, 8, 16, 24):
    scaled = (grads * 2**power).half()
    print(
        f"scale 2**{power:<2}: {(scaled == 0).float().mean():6.2%} zero, "
        f"{(scaled.abs() < 2**-14).float().mean():4.0%} below the normal numbers, "
        f"{int(scaled.isinf().sum())} infinite"
    )
#> scale 2**0 :  0.15% zero,  18% below the normal numbers, 0 infinite
#> scale 2**8 :  0.12% zero,   0% below the normal numbers, 0 infinite
#> scale 2**16:  0.02% zero,   0% below the normal numbers, 0 infinite
#> scale 2**24:  0.00% zero,   0% below the normal numbers, 31420 infinite
