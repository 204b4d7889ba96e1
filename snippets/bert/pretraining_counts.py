import torch

from reference_impl.bert import mask_tokens

torch.manual_seed(0)
ids = torch.randint(5, 30_000, (2_000, 500))  # a million tokens
seen, labels = mask_tokens(ids, mask_id=4, vocab=30_000)

chosen = labels != -100
print(f"chosen {chosen.float().mean():.1%}")
#> chosen 15.1%
for name, what in {
    "hidden": seen == 4,
    "left as it is": seen == ids,
    "another token": (seen != 4) & (seen != ids),
}.items():
    print(f"{name} {(what & chosen).sum() / chosen.sum():.1%} of them")
#> hidden 79.8% of them
#> left as it is 10.1% of them
#> another token 10.1% of them
print((seen[~chosen] == ids[~chosen]).all().item())
#> True
