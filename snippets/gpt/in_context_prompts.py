import torch

from reference_impl.gpt import Episodes

family = Episodes()
told, untold = (
    family.draw(1, torch.Generator().manual_seed(1), instructed=share)[0] for share in (1.0, 0.0)
)
print("zero-shot:", family.spell(torch.cat((told[:4], told[4:5]))), "?")
#> zero-shot: 0:-s 1:-t 2:-k 3:-k fi ?
print("one-shot: ", family.spell(untold[:7]), "?")
#> one-shot:  _ _ _ _ fi fi-s go ?
print("few-shot: ", family.spell(untold[:11]), "?")
#> few-shot:  _ _ _ _ fi fi-s go go-k gi gi-t da ?
