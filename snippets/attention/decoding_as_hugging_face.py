# requires: transformers
import torch
from transformers import TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper

from reference_impl.attention import temperature, top_k, top_p

torch.manual_seed(0)
logits = torch.randn(4, 1000)
print(torch.equal(temperature(logits, 0.7), TemperatureLogitsWarper(0.7)(None, logits)))
#> True
print(torch.equal(top_k(logits, 50), TopKLogitsWarper(50)(None, logits)))
#> True
print(torch.equal(top_p(logits, 0.9), TopPLogitsWarper(0.9)(None, logits)))
#> True
