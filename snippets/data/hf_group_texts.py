# requires: datasets
import torch
from datasets import Dataset, disable_progress_bars

from reference_impl.data import pack_and_chop

disable_progress_bars()
torch.manual_seed(0)
texts = [torch.randint(1, 100, (n,)) for n in [9, 30, 4, 17, 1, 22]]
dataset = Dataset.from_dict({"ids": [ids.tolist() for ids in texts]})
size = 8


def group_texts(batch):
    stream = [token for ids in batch["ids"] for token in [*ids, 0]]
    kept = len(stream) // size * size
    return {"ids": [stream[i : i + size] for i in range(0, kept, size)]}


ours = [block.ids.tolist() for block in pack_and_chop(texts, size, eos=0)]
for batch_size in (6, 2):
    theirs = dataset.map(group_texts, batched=True, batch_size=batch_size)["ids"]
    print(f"{batch_size} texts a call: {len(theirs)} blocks, as ours: {list(theirs) == ours}")
#> 6 texts a call: 11 blocks, as ours: True
#> 2 texts a call: 10 blocks, as ours: False
