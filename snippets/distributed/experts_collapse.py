import torch

from reference_impl.distributed import MixtureOfExperts, balance_loss

torch.set_num_threads(1)  # for such small tensors
for coefficient in (0.0, 0.1):
    torch.manual_seed(1)
    layer = MixtureOfExperts(dim=16, hidden=16, experts=8, capacity=256)
    kinds, targets = torch.randn(2, 32, 16)  # 32 kinds of token, each with an answer
    kinds += 1.5 * torch.randn(16)  # tokens have much in common
    optimizer = torch.optim.Adam(layer.parameters(), lr=1e-2)
    for _ in range(200):
        kind = torch.randint(32, (1, 256))
        out, routing = layer(kinds[kind])
        loss = (out - targets[kind]).square().mean()
        optimizer.zero_grad()
        (loss + coefficient * balance_loss(routing)).backward()
        optimizer.step()
    share = routing.load / 256
    print(f"busiest above a quarter: {share.max() > 0.25}, idlest below 3 %: {share.min() < 0.03}")
#> busiest above a quarter: True, idlest below 3 %: True
#> busiest above a quarter: False, idlest below 3 %: False
