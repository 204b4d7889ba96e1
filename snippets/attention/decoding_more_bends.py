# requires: transformers
import torch
from transformers import MinPLogitsWarper, RepetitionPenaltyLogitsProcessor

torch.manual_seed(0)
logits, ids = torch.randn(1, 1000), torch.tensor([[3, 7, 7]])  # 3 and 7 are in the text

shares = logits.softmax(-1)
min_p = logits.masked_fill(shares < 0.1 * shares.amax(-1, keepdim=True), -torch.inf)
print(torch.equal(min_p, MinPLogitsWarper(0.1)(None, logits)))
#> True

seen = logits.gather(-1, ids)
penalised = logits.scatter(-1, ids, torch.where(seen < 0, seen * 1.2, seen / 1.2))
print(torch.equal(penalised, RepetitionPenaltyLogitsProcessor(1.2)(ids, logits)))
#> True
