import torch

from reference_impl.bert import mask_tokens

torch.manual_seed(0)
ids = torch.randint(5, 30_000, (2_000, 500))
seen, labels = mask_tokens(ids, mask_id=4, vocab=30_000)

visible = seen != 4
right = seen == ids
print(f"{right[visible].float().mean():.1%} of the tokens that it sees are right")
#> 98.3% of the tokens that it sees are right
asked = visible & (labels != -100)
print(f"{right[asked].float().mean():.0%} of those it is asked about")
#> 50% of those it is asked about
