import torch

from reference_impl.saving import load_checkpoint, rng_state, save_checkpoint, set_rng_state


def train(first, last, model, optimizer):
    for step in range(first, last):
        loss = model(torch.randn(8, 4)).pow(2).mean()
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    return loss.item()


torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.Dropout(), torch.nn.Linear(4, 1))
optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
train(0, 50, model, optimizer)
parts = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "rng": rng_state()}
save_checkpoint("step-50.pt", parts)
never_stopped = train(50, 100, model, optimizer)

model = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.Dropout(), torch.nn.Linear(4, 1))
optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
saved = load_checkpoint("step-50.pt")
model.load_state_dict(saved["model"])
optimizer.load_state_dict(saved["optimizer"])
set_rng_state(saved["rng"])
print(train(50, 100, model, optimizer) == never_stopped)
#> True
