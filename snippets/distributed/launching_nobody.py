# run: python
import os
import socket
import subprocess
import sys

PROGRAM = """
from datetime import timedelta
from torch import distributed
distributed.init_process_group("gloo", timeout=timedelta(seconds=2))
"""


def last_line(*words, **variables):
    words = [sys.executable, *words]
    run = subprocess.run(words, env={**os.environ, **variables}, stderr=subprocess.PIPE, text=True)
    return run.stderr.splitlines()[-1]


with socket.create_server(("127.0.0.1", 0)) as taken:
    port = str(taken.getsockname()[1])
    job = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "WORLD_SIZE": "2"}
    print(last_line("-c", PROGRAM, **job, RANK="0").partition("name: ")[2])
job |= {"MASTER_PORT": "1", "RANK": "1"}  # where nobody listens
print(last_line("-c", PROGRAM, **job))
print(last_line("-c", PROGRAM, **{**job, "MASTER_ADDR": "node-0.invalid"}))
flags = "--nnodes=2 --rdzv-backend=c10d --rdzv-endpoint=127.0.0.1:0 --rdzv-conf=join_timeout=2"
print(last_line("-m", "torch.distributed.run", *flags.split(), "train.py"))
#> EADDRINUSE, message: address already in use
#> torch.distributed.DistNetworkError: The client socket has timed out after 2000ms while trying to connect to (127.0.0.1, 1).
#> torch.distributed.DistNetworkError: The client socket has timed out after 2000ms while trying to connect to (node-0.invalid, 1).
#> torch.distributed.elastic.rendezvous.api.RendezvousTimeoutError
