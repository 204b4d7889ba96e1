import torch

from reference_impl.gpt import Episodes

family = Episodes()
languages = []
for new in (False, True):
    ids = family.draw(20_000, torch.Generator().manual_seed(0), new=new, instructed=1.0)
    languages.append({tuple(rules) for rules in ids[:, :4].tolist()})
trained, held_out = languages
print(len(trained), len(held_out), len(trained & held_out))
#> 192 64 0
