from dataclasses import dataclass

import torch


@dataclass
class Config:
    width: int


torch.save(Config(3), "config.pt")
print(torch.serialization.get_unsafe_globals_in_checkpoint("config.pt"))
#> ['__main__.Config']
try:
    torch.load("config.pt")
except Exception as error:
    print("Unsupported global: GLOBAL __main__.Config" in str(error))
    #> True

torch.serialization.add_safe_globals([Config])
print(torch.load("config.pt"))
#> Config(width=3)
torch.serialization.clear_safe_globals()
