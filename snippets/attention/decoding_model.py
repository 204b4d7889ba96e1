import torch

from reference_impl.attention import CachedDecoder, DecoderConfig, generate, sample, top_k

torch.manual_seed(0)
model = CachedDecoder(DecoderConfig(vocab=50)).eval()
prompt = torch.tensor([[3, 1, 4], [1, 5, 9]])


@torch.no_grad()
def next_logits(ids):
    return model(ids)[:, -1]


def draw(logits):
    return sample(top_k(logits, 10), generator)


for seed in (0, 0, 1):
    generator = torch.Generator().manual_seed(seed)
    ids = generate(next_logits, prompt, max_new_tokens=5, choose=draw)
    print(ids.shape, ids[0, 3:].tolist())
#> torch.Size([2, 8]) [17, 44, 44, 25, 24]
#> torch.Size([2, 8]) [17, 44, 44, 25, 24]
#> torch.Size([2, 8]) [35, 13, 33, 41, 24]
