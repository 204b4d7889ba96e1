import torch

from reference_impl.gpt import Block, GPTConfig

torch.manual_seed(0)
small = {"vocab": 9, "context": 4, "dim": 8, "layers": 1, "heads": 2, "dropout": 0.0}
x = 5 * torch.randn(1, 3, 8)
for config in (GPTConfig.gpt1(**small), GPTConfig.gpt2(**small)):
    block = Block(config)
    for sublayer in (block.attention.out, block.mlp.down):  # they write nothing
        torch.nn.init.zeros_(sublayer.weight)
    print(config.norm, round(x.std().item(), 1), round(block(x).std().item(), 1))
#> post 5.2 1.0
#> pre 5.2 5.2
