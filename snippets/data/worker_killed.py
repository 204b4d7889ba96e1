import os
import signal

from reference_impl.data import DataLoader


class TooBig:
    def __len__(self):
        return 4

    def __getitem__(self, index):
        os.kill(os.getpid(), signal.SIGKILL)  # as the kernel does when memory runs out


try:
    next(iter(DataLoader(TooBig(), num_workers=1)))
except RuntimeError as error:
    print(error)
    #> DataLoader worker 0 (pid ...) ended unexpectedly: killed by SIGKILL. A killed worker is often one that ran out of memory.
