import numpy as np
import torch

state = np.random.get_state()
torch.save({"numpy": state}, "rng.pt")
try:
    torch.load("rng.pt")
except Exception as error:
    print(type(error).__name__, str(error).split(".")[0])
    #> UnpicklingError Weights only load failed
    print(str(error).partition("error: ")[2].partition(" was ")[0])
    #> Unsupported global: GLOBAL numpy._core.multiarray._reconstruct

trusted = [np._core.multiarray._reconstruct, np.ndarray, np.dtype, np.dtypes.UInt32DType]
with torch.serialization.safe_globals(trusted):
    print(torch.load("rng.pt")["numpy"][0])
    #> MT19937
