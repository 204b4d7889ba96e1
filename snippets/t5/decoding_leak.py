import torch

from reference_impl.t5 import T5, T5Config, shift_right

torch.manual_seed(0)
model = T5(
    T5Config(
        vocab=20, dim=32, head_dim=8, heads=4, hidden=64, layers=1, decoder_layers=1, dropout=0.0
    )
)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
for _ in range(60):
    source, labels = torch.randint(2, 20, (2, 16, 5))  # nothing to learn: both are random
    logits = model(source, labels)  # forgot shift_right: each token may look at its own answer
    loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print("loss near 0:", loss.item() < 0.1)
#> loss near 0: True
with torch.no_grad():
    right = (model(source, shift_right(labels)).argmax(-1) == labels).float().mean()
print("right when it has to predict: less than a third:", right.item() < 1 / 3)
#> right when it has to predict: less than a third: True
