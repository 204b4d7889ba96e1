import json
import struct
from pathlib import Path

import torch
from safetensors.torch import save_file

save_file({"bias": torch.zeros(2), "step": torch.tensor(7)}, "a.safetensors", {"note": "x"})
content = Path("a.safetensors").read_bytes()
(length,) = struct.unpack("<Q", content[:8])
for name, entry in json.loads(content[8 : 8 + length]).items():
    print(name, entry)
#> __metadata__ {'note': 'x'}
#> step {'dtype': 'I64', 'shape': [], 'data_offsets': [0, 8]}
#> bias {'dtype': 'F32', 'shape': [2], 'data_offsets': [8, 16]}
print(8 + length, content[8 + length :])
#> 152 b'\x07\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00'
