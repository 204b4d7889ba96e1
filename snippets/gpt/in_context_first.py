from reference_impl.gpt import Episodes, shot_accuracy, train_on_episodes

family = Episodes()
model = train_on_episodes(family, steps=300)
before = [p.clone() for p in model.parameters()]
right = shot_accuracy(model, family, count=2000)  # in languages that training never showed
for examples, low, high in ((0, 0.2, 0.3), (1, 0.35, 0.5), (3, 0.55, 0.7), (11, 0.9, 1)):
    print(examples, f"examples: {low} to {high}", bool(low < right[examples] <= high))
#> 0 examples: 0.2 to 0.3 True
#> 1 examples: 0.35 to 0.5 True
#> 3 examples: 0.55 to 0.7 True
#> 11 examples: 0.9 to 1 True
print(all((p == old).all() for p, old in zip(model.parameters(), before, strict=True)))
#> True
