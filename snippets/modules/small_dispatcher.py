import torch

ORDER = ["Autograd", "CPU", "Meta"]
table = {}


def call(*args, excluded=()):
    keys = {"Autograd"} | {"Meta" if t.is_meta else "CPU" for t in args}
    for key in ORDER:
        if key in keys and key not in excluded and key in table:
            return table[key](*args)
    raise NotImplementedError(f"no kernel for {sorted(keys)}")


def record(*args):
    print("recorded")
    return call(*args, excluded={"Autograd"})


table["Autograd"] = record
table["CPU"] = lambda x: x.sin()
print(call(torch.zeros(2)))
#> recorded
#> tensor([0., 0.])
call(torch.zeros(2, device="meta"))
#> recorded
#! NotImplementedError: no kernel for ['Autograd', 'Meta']
