import torch

from reference_impl.saving import pickle_globals, zip_entries

torch.save({"w": torch.zeros(3), "step": 7}, "a.pt")
for entry in zip_entries("a.pt"):
    print(f"{entry.name:22} {entry.size:3} bytes at {entry.offset}")
#> data.pkl               176 bytes at 64
#> .format_version          1 bytes at 320
#> .storage_alignment       2 bytes at 448
#> byteorder                6 bytes at 512
#> data/0                  12 bytes at 576
#> version                  2 bytes at 704
#> .data/serialization_id  40 bytes at 832
print(pickle_globals("a.pt"))
#> ['collections.OrderedDict', 'torch.FloatStorage', 'torch._utils._rebuild_tensor_v2']
