import resource
from pathlib import Path

import numpy as np

from reference_impl.data import TokenFile, write_token_file


def resident(name):
    """Bytes of the mapping that are in this process's memory, as Linux counts them."""
    total, found = 0, False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if "-" in line.split()[0]:
            found = line.endswith(name)
        elif found and line.startswith("Rss:"):
            total += 1024 * int(line.split()[1])
    return total


for millions in (16, 32):
    name = f"{millions}.bin"
    write_token_file(name, [np.zeros(millions * 1_000_000, dtype=np.uint16)])
    tokens = TokenFile(name)
    size = 2 * len(tokens)
    opened = resident(name)
    tokens[1_000_000:1_000_512].long()
    touched = resident(name)
    tokens.tokens.sum()
    print(f"{size // 10**6} MB:", opened <= 2 * resource.getpagesize(), touched < size / 4)
    print("all of it after reading all of it:", resident(name) >= size)
#> 32 MB: True True
#> all of it after reading all of it: True
#> 64 MB: True True
#> all of it after reading all of it: True
