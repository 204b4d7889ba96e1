import torch

from reference_impl.attention import CachedDecoder, DecoderConfig

torch.manual_seed(0)
model = CachedDecoder(DecoderConfig(vocab=50)).eval()
prompts = [torch.randint(50, (1, n)) for n in (3, 8)]
alone = [model.generate(prompt, steps=6)[0, -6:] for prompt in prompts]

padding = torch.tensor([5, 0])  # filling in front of each prompt
ids = torch.cat([torch.nn.functional.pad(prompts[0], (5, 0)), prompts[1]])
together = model.generate(ids, steps=6, caches=model.new_caches(2, 16), padding=padding)
print(torch.equal(together[:, -6:], torch.stack(alone)))
#> True

untold = model.generate(ids, steps=6, caches=model.new_caches(2, 16))
print([torch.equal(row[-6:], tokens) for row, tokens in zip(untold, alone)])
#> [False, True]
