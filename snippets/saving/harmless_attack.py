import pickle

import torch

from reference_impl.saving import pickle_globals


class Attack:
    def __reduce__(self):  # what to call, to get this object back
        return print, ("this line was printed by the file",)


torch.save({"w": torch.zeros(1), "x": Attack()}, "model.pt")
print([name for name in pickle_globals("model.pt") if "torch" not in name])
#> ['__builtin__.print', 'collections.OrderedDict']
try:
    torch.load("model.pt")
except pickle.UnpicklingError as error:
    print("refused:", "GLOBAL print was not an allowed global" in str(error))
    #> refused: True
torch.load("model.pt", weights_only=False)
#> this line was printed by the file
torch.load("model.pt", pickle_module=pickle)
#> this line was printed by the file
