import torch

from reference_impl.scaling_laws import Language

language = Language()
text = language.sample(2000, 50, torch.Generator().manual_seed(0))
true = language.next_probs(text[:, :-1]).gather(-1, text[:, language.order :, None])
print(f"{language.entropy_rate:.2f} nats by the formula")
#> 1.62 nats by the formula
print(f"{-true.log().mean():.2f} paid by one who knows all rules, on text")
#> 1.63 paid by one who knows all rules, on text
