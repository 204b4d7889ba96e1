import torch

from reference_impl.bert import mask_tokens

text = "the cat sat on the mat".split()
vocab = {word: i for i, word in enumerate(["[MASK]", *dict.fromkeys(text)])}
names = list(vocab)
ids = torch.tensor([vocab[word] for word in text])

print("GPT:", [(" ".join(text[:i]), text[i]) for i in range(1, 4)])
#> GPT: [('the', 'cat'), ('the cat', 'sat'), ('the cat sat', 'on')]
seen, labels = mask_tokens(ids, 0, len(vocab), generator=torch.Generator().manual_seed(14))
print("BERT:", " ".join(names[i] for i in seen), [names[i] for i in labels if i != -100])
#> BERT: the [MASK] sat on the mat ['cat']
