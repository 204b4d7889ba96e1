import torch

inputs = [torch.zeros(4, 6), torch.zeros(6, 4).t(), torch.zeros(4, 9)[:, :6]]
text = """x.t()  x.permute(1, 0)  x[1:]  x.expand(5, -1, -1)  x.detach()
x.view(24)  x.view(2, 2, 6)  x.reshape(24)  x.flatten()  x.reshape(2, 2, 6)
x.contiguous()  x.float()  x.clone()  x[[0, 1]]  x[x == 0]  x.repeat(1, 1)
x.flip(0)"""
rows = text.replace("\n", "  ").split("  ")


def verdict(row, x):
    try:
        y = eval(row)
    except RuntimeError:
        return "raises"
    shared = y.untyped_storage().data_ptr() == x.untyped_storage().data_ptr()
    return "alias" if shared else "COPY"


print(f"{'x is':20}{'plain':8}{'.t()':8}[:, :6]")
#> x is                plain   .t()    [:, :6]
for row in rows:
    print(f"{row:20}" + "".join(f"{verdict(row, x):8}" for x in inputs).rstrip())
#> x.t()               alias   alias   alias
#> x.permute(1, 0)     alias   alias   alias
#> x[1:]               alias   alias   alias
#> x.expand(5, -1, -1) alias   alias   alias
#> x.detach()          alias   alias   alias
#> x.view(24)          alias   raises  raises
#> x.view(2, 2, 6)     alias   alias   alias
#> x.reshape(24)       alias   COPY    COPY
#> x.flatten()         alias   COPY    COPY
#> x.reshape(2, 2, 6)  alias   alias   alias
#> x.contiguous()      alias   COPY    COPY
#> x.float()           alias   alias   alias
#> x.clone()           COPY    COPY    COPY
#> x[[0, 1]]           COPY    COPY    COPY
#> x[x == 0]           COPY    COPY    COPY
#> x.repeat(1, 1)      COPY    COPY    COPY
#> x.flip(0)           COPY    COPY    COPY
