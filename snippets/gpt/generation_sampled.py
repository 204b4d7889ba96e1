import torch

from reference_impl.attention import sample, temperature, top_p
from reference_impl.gpt import GPT, GPTConfig, generate

torch.manual_seed(0)
model = GPT(GPTConfig(vocab=50, context=32, dim=32, layers=3, heads=4)).double()
prompt = torch.tensor([[3, 1, 4]])


def draw(cached):
    generator = torch.Generator().manual_seed(7)

    def choose(logits):
        return sample(top_p(temperature(logits, 0.8), 0.9), generator)

    return generate(model, prompt, 20, choose=choose, cached=cached)


print(torch.equal(draw(cached=True), draw(cached=False)))
#> True
