import threading

import torch

seen = []


def look():
    seen.append(torch.is_grad_enabled())


with torch.no_grad():
    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    look()
print(seen)
#> [True, False]
