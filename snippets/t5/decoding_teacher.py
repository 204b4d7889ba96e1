import torch

from reference_impl.t5 import T5, T5Config, shift_right

torch.manual_seed(0)
model = T5(
    T5Config(vocab=50, dim=32, head_dim=8, heads=4, hidden=64, layers=2, decoder_layers=2)
).eval()
source, labels = torch.randint(2, 50, (1, 6)), torch.randint(2, 50, (1, 5))
target = shift_right(labels)
at_once = model(source, target)
one_by_one = [model(source, target[:, : i + 1])[:, -1] for i in range(5)]
print(torch.allclose(at_once, torch.stack(one_by_one, dim=1), atol=1e-5))
#> True
by_hand = -at_once.log_softmax(-1)[0, range(5), labels[0]].mean()
print(torch.allclose(by_hand, model.loss(source, labels)))
#> True
