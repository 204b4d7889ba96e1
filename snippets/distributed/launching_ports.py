# run: python
import os
import subprocess
import sys

from torch import distributed as dist

from reference_impl.distributed import hold_port, tcp_sockets

if "RANK" not in os.environ:
    port, held = hold_port()  # until this script ends, nobody else gets it
    flags = f"--nnodes=2 --nproc-per-node=2 --rdzv-endpoint=127.0.0.1:{port} --rdzv-backend=c10d"
    words = [sys.executable, "-m", "torch.distributed.run", *flags.split()]
    nodes = []
    for node in (0, 1):
        own = [f"--local-addr=127.0.0.{1 + node}", f"--rdzv-conf=is_host={1 - node}"]
        words_of_node = [*words, *own, __file__, str(port)]
        nodes.append(subprocess.Popen(words_of_node))
    sys.exit(max(node.wait() for node in nodes))
dist.init_process_group("gloo")
dist.barrier()
agent, rank = f"torchrun {os.environ['GROUP_RANK']}", f"rank {dist.get_rank()}"
everyone = [{}] * 4
dist.all_gather_object(everyone, {agent: tcp_sockets(os.getppid()), rank: tcp_sockets(os.getpid())})
if rank == "rank 0":
    found = everyone[0] | everyone[1] | everyone[2] | everyone[3]
    owner = {sock.port: name for name in found for sock in found[name]}
    called = {sys.argv[1]: "rendezvous", os.environ["MASTER_PORT"]: "MASTER_PORT"}
    for name, sockets in sorted(found.items()):
        own = [s for s in sockets if s.listens]
        listens = [called.get(str(s.port), "gloo's") + " at *" * s.everywhere for s in own]
        peers = {owner[s.peer] for s in sockets if s.peer} - {name}
        print(f"{name} listens: {sorted(listens)}, connected: {', '.join(sorted(peers))}")
dist.destroy_process_group()
#> rank 0 listens: ["gloo's"], connected: rank 1, rank 2, rank 3, torchrun 0
#> rank 1 listens: ["gloo's"], connected: rank 0, rank 2, rank 3, torchrun 0
#> rank 2 listens: ["gloo's"], connected: rank 0, rank 1, rank 3, torchrun 0
#> rank 3 listens: ["gloo's"], connected: rank 0, rank 1, rank 2, torchrun 0
#> torchrun 0 listens: ['MASTER_PORT at *', 'rendezvous at *'], connected: rank 0, rank 1, rank 2, rank 3, torchrun 1
#> torchrun 1 listens: [], connected: torchrun 0
