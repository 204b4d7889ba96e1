from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from reference_impl.saving import load_safetensors

torch.save({"w": torch.zeros(100)}, "a.pt")
save_file({"w": torch.zeros(100)}, "a.safetensors")
for path, load in (
    ("a.pt", torch.load),
    ("a.safetensors", load_file),
    ("a.safetensors", load_safetensors),
):
    Path("cut").write_bytes(Path(path).read_bytes()[:-50])
    try:
        load("cut")
    except Exception as error:
        print(type(error).__name__, str(error)[:84])
#> RuntimeError PytorchStreamReader failed reading zip archive: failed finding central directory. Th
#> SafetensorError Error while deserializing header: incomplete metadata, file not fully covered
#> ValueError cut: 'w': data_offsets [0, 400] end after the data, which has 350 bytes: cut?
