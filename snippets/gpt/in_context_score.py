import torch

from reference_impl.gpt import Episodes, train_on_episodes

family = Episodes()
model = train_on_episodes(family, steps=250)
ids = family.draw(500, torch.Generator().manual_seed(3), new=True, instructed=1.0)
question, noun, answer = ids[:, :5], ids[:, 4:5], ids[:, 5]  # the rules and a noun
endings = family.nouns + noun * family.suffixes + torch.arange(family.suffixes)
with torch.no_grad():
    scores = model(question)[:, -1].log_softmax(-1).gather(1, endings)  # of the noun's four forms
best = endings.gather(1, scores.argmax(1, keepdim=True))[:, 0]
print(bool((best == answer).float().mean() > 0.9))
#> True
