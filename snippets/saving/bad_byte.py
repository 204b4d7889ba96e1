import zipfile
from pathlib import Path

import torch

from reference_impl.saving import zip_entries

torch.save({"w": torch.ones(3)}, "a.pt")
entry = next(entry for entry in zip_entries("a.pt") if entry.name == "data/0")
content = bytearray(Path("a.pt").read_bytes())
content[entry.offset + 3] ^= 1
Path("a.pt").write_bytes(content)
print(torch.load("a.pt")["w"])
#> tensor([0.2500, 1.0000, 1.0000])
print(zipfile.ZipFile("a.pt").testzip())
#> a/data/0
