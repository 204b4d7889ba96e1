import torch

from reference_impl.gpt import GPT, GPTConfig
from reference_impl.train.characters import task

data = task(context=16).train_data
for preset in (GPTConfig.gpt1, GPTConfig.gpt2):
    torch.manual_seed(0)
    sizes = {"vocab": 256, "context": 16, "dim": 32, "layers": 24, "heads": 4, "init_std": 0.1}
    model = GPT(preset(**sizes, dropout=0.0))
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for step in range(21):
        text = torch.stack([data[i] for i in torch.randint(len(data), (8,)).tolist()])
        optimizer.zero_grad()
        model.loss(text[:, :-1], text[:, 1:]).backward()
        if step in (0, 20):
            first, last = (model.blocks[i].mlp.up.weight.grad.norm() for i in (0, -1))
            print(
                f"{model.config.norm:4} step {step:2}",
                "lost on the way:",
                bool(last > 1000 * first),
            )
        optimizer.step()
#> post step  0 lost on the way: False
#> post step 20 lost on the way: True
#> pre  step  0 lost on the way: False
#> pre  step 20 lost on the way: False
