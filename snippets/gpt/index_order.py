import torch

from reference_impl.gpt import GPT, GPTConfig

small = {"vocab": 9, "context": 4, "dim": 8, "layers": 1, "heads": 2}
for config in (GPTConfig.gpt1(**small), GPTConfig.gpt2(**small)):
    model, order = GPT(config), []
    for name, part in model.blocks[0].named_children():
        part.register_forward_hook(lambda part, x, out, name=name: order.append(name))
    model(torch.tensor([[1, 2, 3]]))
    print(config.norm, order, type(model.norm).__name__)
#> post ['attention', 'attention_norm', 'mlp', 'mlp_norm'] Identity
#> pre ['attention_norm', 'attention', 'mlp_norm', 'mlp'] LayerNorm
