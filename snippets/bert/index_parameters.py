import torch

from reference_impl.bert import Bert, BertConfig

with torch.device("meta"):  # shapes only, no memory
    base = Bert(BertConfig())
    large = Bert(BertConfig(dim=1024, layers=24, heads=16, hidden=4096))

for model in (base, large):
    parts = {
        name: sum(p.numel() for p in part.parameters()) for name, part in model.named_children()
    }
    print(f"{sum(parts.values()):,}", {name: f"{count:,}" for name, count in parts.items()})
#> 109,482,240 {'embeddings': '23,837,184', 'layers': '85,054,464', 'pooler': '590,592'}
#> 335,141,888 {'embeddings': '31,782,912', 'layers': '302,309,376', 'pooler': '1,049,600'}
