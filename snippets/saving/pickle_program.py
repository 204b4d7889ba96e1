import pickletools
import zipfile

import torch

torch.save({"w": torch.zeros(3)}, "a.pt")
program = zipfile.ZipFile("a.pt").read("a/data.pkl")
for opcode, argument, _ in pickletools.genops(program):
    if argument is not None and "PUT" not in opcode.name or opcode.name in ("BINPERSID", "REDUCE"):
        print(opcode.name, "" if argument is None else argument)
#> PROTO 2
#> BINUNICODE w
#> GLOBAL torch._utils _rebuild_tensor_v2
#> BINUNICODE storage
#> GLOBAL torch FloatStorage
#> BINUNICODE 0
#> BINUNICODE cpu
#> BININT1 3
#> BINPERSID
#> BININT1 0
#> BININT1 3
#> BININT1 1
#> GLOBAL collections OrderedDict
#> REDUCE
#> REDUCE
