# requires: datasets
import os

os.environ["HF_DATASETS_OFFLINE"] = "1"
os.environ["HF_HOME"] = "hf_home"
import json
from pathlib import Path

import datasets
from torch.utils.data import DataLoader

rows = [{"text": "a b c", "label": 0}, {"text": "d e f", "label": 1}, {"text": "g h i", "label": 0}]
Path("rows.jsonl").write_text("\n".join(json.dumps(row) for row in rows))

datasets.disable_progress_bars()
table = datasets.load_dataset("json", data_files="rows.jsonl", split="train", cache_dir="cache")
print(table.features)
#> {'text': Value('string'), 'label': Value('int64')}
print([Path(file["filename"]).suffix for file in table.cache_files])
#> ['.arrow']


def encode(row):
    return {"ids": [ord(word) for word in row["text"].split()]}


encoded = table.map(encode, remove_columns="text")
encoded.set_format("torch")
print(encoded[0])
#> {'label': tensor(0), 'ids': tensor([97, 98, 99])}
for batch in DataLoader(encoded, batch_size=2):
    print(batch)
#> {'label': tensor([0, 1]), 'ids': tensor([[ 97,  98,  99],
#>         [100, 101, 102]])}
#> {'label': tensor([0]), 'ids': tensor([[103, 104, 105]])}
