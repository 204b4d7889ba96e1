import torch
from torch.nn.functional import cross_entropy

from reference_impl.scaling_laws import Language, small_gpt


def moved(dim, mup):
    """How far three steps of Adam move the logits."""
    language = Language()
    model = small_gpt(language, dim, mup=mup)
    optimizer = torch.optim.Adam(model.groups(0.002) if mup else model.parameters(), lr=0.002)
    text = language.sample(16, 33, torch.Generator().manual_seed(0))
    before = model(text[:, :-1])
    for _ in range(3):
        loss = cross_entropy(model(text[:, :-1]).flatten(0, 1), text[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return (model(text[:, :-1]) - before).std().item()


for mup in (False, True):
    ratio = moved(256, mup) / moved(32, mup)
    print("µP" if mup else "plain", "more than 3 times as far:", ratio > 3)
#> plain more than 3 times as far: True
#> µP more than 3 times as far: False
