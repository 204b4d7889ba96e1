import torch

from reference_impl.position_embeddings import (
    BenchConfig,
    LinearScaling,
    Rotary,
    YaRNScaling,
    lookback,
    tail_accuracy,
    train_tiny,
)

config = BenchConfig()
model = train_tiny(Rotary(16), config, seed=0)
print("trained length:", tail_accuracy(model, 32, config) > 0.98)
#> trained length: True
print("four times as long:", tail_accuracy(model, 128, config) > 0.8)
#> four times as long: False
model.scheme = Rotary(16, scaling=YaRNScaling(4.0, original_length=32))
print("with YaRN:", tail_accuracy(model, 128, config) > 0.95)
#> with YaRN: True

model.scheme = Rotary(16, scaling=LinearScaling(2.0))
tokens, _ = lookback(64, 64, 16, 3, torch.Generator().manual_seed(1))
answers = model(tokens)[:, -16:].argmax(-1)
for back in (3, 6):
    asked = tokens.roll(back, dims=1)[:, -16:]
    print(f"linear answers {back} back:", (answers == asked).float().mean().item() > 0.5)
#> linear answers 3 back: False
#> linear answers 6 back: True
