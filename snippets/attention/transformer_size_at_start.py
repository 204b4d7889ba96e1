import math

import torch

from reference_impl.attention import Transformer, TransformerConfig

torch.manual_seed(0)
model = Transformer(TransformerConfig(vocab=1000, dim=128, layers=2, hidden=512)).eval()
source, target = torch.randint(1, 1000, (4, 20)), torch.randint(1, 1000, (4, 20))
with torch.no_grad():
    logits = model(source, target)
loss = torch.nn.functional.cross_entropy(logits[:, :-1].flatten(0, 1), target[:, 1:].flatten())
print(f"{logits.std():.1f}, loss {loss:.1f}, a uniform guess {math.log(1000):.1f}")
#> 1.0, loss 7.4, a uniform guess 6.9
