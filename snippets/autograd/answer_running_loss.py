import torch

w = torch.ones(1, requires_grad=True)
kept, freed = 0.0, 0.0
for _ in range(100):
    loss = (w * 2).sum()
    kept = kept + loss
    freed = freed + loss.item()


def length(node):
    count = 0
    while node is not None:
        count += 1
        node = node.next_functions[0][0] if node.next_functions else None
    return count


print(length(kept.grad_fn), kept.item())
#> 103 200.0
print(type(freed).__name__, freed)
#> float 200.0
