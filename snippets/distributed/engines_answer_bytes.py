import torch

from reference_impl.gpt import GPT, GPTConfig

with torch.device("meta"):
    model = GPT(GPTConfig.gpt2())
count = sum(p.numel() for p in model.parameters())
blocks = sum(p.numel() for block in model.blocks for p in block.parameters())
largest = max(sum(p.numel() for p in block.parameters()) for block in model.blocks)
rest = count - blocks
print(f"ddp  {16 * count / 1e9:.2f} GB")
#> ddp  1.99 GB
print(f"fsdp {(12 * count / 8 + 4 * (largest + rest)) / 1e9:.2f} GB at the peak of forward")
#> fsdp 0.37 GB at the peak of forward
