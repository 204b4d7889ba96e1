# requires: transformers
import json
from pathlib import Path

import torch
import transformers

from reference_impl.bert import Bert, BertConfig, load_bert, to_hugging_face
from reference_impl.saving import save_safetensors

transformers.logging.disable_progress_bar()
torch.manual_seed(0)
ours = Bert(BertConfig(vocab=50, dim=8, layers=2, heads=2, hidden=16)).eval()
folder = Path("my_bert")
folder.mkdir()
(folder / "config.json").write_text(json.dumps(ours.config.to_hugging_face()))
save_safetensors(to_hugging_face(ours), folder / "model.safetensors", {"format": "pt"})

theirs = transformers.AutoModel.from_pretrained(folder).eval()
ids = torch.tensor([[1, 7, 9, 2]])
print(type(theirs).__name__, torch.allclose(theirs(ids)[0], ours(ids), atol=1e-6))
#> BertModel True
print(torch.equal(load_bert(folder)(ids), ours(ids)))
#> True
