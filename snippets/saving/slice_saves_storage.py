from pathlib import Path

import torch

table = torch.zeros(1000, 100)
row = table[0]


def size(name, value):
    torch.save(value, name)
    return Path(name).stat().st_size


print(row.nbytes, row.untyped_storage().nbytes())
#> 400 400000
print(size("row.pt", row) > 400_000, size("clone.pt", row.clone()) < 2_000)
#> True True

torch.save({"row": row, "table": table}, "both.pt")
both = torch.load("both.pt")
both["table"][0] = 1
print(both["row"].sum())
#> tensor(100.)
