import torch

from reference_impl.gpt import GPT, GPTConfig, generate

torch.manual_seed(0)
model = GPT(GPTConfig(vocab=50, context=32, dim=32, layers=2, heads=4)).eval()
prompt = torch.randint(50, (1, 8))
# Needs a C++ compiler on a CPU. Without this line the program is compiled; with it, run as written.
with torch.compiler.set_stance("force_eager"):
    text = generate(model, prompt, 20, compiled=True)
print(torch.equal(text, generate(model, prompt, 20)))
#> True
