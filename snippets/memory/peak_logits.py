import torch
from torch.nn.functional import cross_entropy

from reference_impl.gpt import GPT, GPTConfig
from reference_impl.memory import record_steps

config = GPTConfig(vocab=8000, context=128, dim=64, layers=4, heads=4)
model, (ids, targets) = GPT(config), torch.randint(8000, (2, 8, 128))
optimizer = torch.optim.AdamW(model.parameters())


def all_logits():
    return cross_entropy(model(ids).flatten(0, 1), targets.flatten())


def some_rows():
    return model.loss(ids, targets)


print(f"logits {ids.numel() * 8000 * 4 / 1e6:.1f} MB in float32")
#> logits 32.8 MB in float32
for loss in (all_logits, some_rows):
    worst = record_steps(model, optimizer, [loss])[0].worst()
    print(f"{loss.__name__:10} {worst.total / 1e6:5.1f} MB in {worst.phase}", end=", ")
    print(worst.operation.rpartition(" ")[2])
#> all_logits 118.6 MB in backward, aten::_log_softmax_backward_data
#> some_rows   36.7 MB in forward, aten::index_select
