# run: python
import os
import subprocess
import sys

from torch.distributed.rendezvous import rendezvous

attempt = os.environ.get("TORCHELASTIC_RESTART_COUNT")
if attempt is None:
    words = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--max-restarts=1"]
    for alone in ("0", "1"):
        os.environ["TORCH_DISABLE_SHARE_RDZV_TCP_STORE"] = alone
        run = subprocess.run([*words, __file__], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        print(f"disabled: {alone}", run.stdout.decode().splitlines())
else:
    store, rank, world_size = next(rendezvous("env://"))  # as init_process_group() does
    print(f"attempt {attempt} finds an address: {store.check(['address'])}")
    store.set("address", "of a process that will be dead")
    sys.exit(attempt == "0")
#> disabled: 0 ['attempt 0 finds an address: False', 'attempt 1 finds an address: True']
#> disabled: 1 ['attempt 0 finds an address: False', 'attempt 1 finds an address: False']
