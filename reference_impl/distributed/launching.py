"""What `torchrun` does on one node, and which sockets a process has.

`launch` starts a program once for each rank, with the environment that `init_process_group()` reads,
watches the ranks, and starts all of them again when one has failed. The original is in
`torch.distributed.elastic`, which also lets several nodes agree on a new start.
"""

# --8<-- [start:launching_imports]
import os

# --8<-- [end:launching_imports]
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from torch._C._distributed_c10d import TCPStore

from reference_impl.distributed.ranks import RankError

__all__ = ["Socket", "hold_port", "launch", "rank_environment", "tcp_sockets"]

_LISTENING = "0A"  # the kernel's TCP_LISTEN
_ESTABLISHED = "01"


# --8<-- [start:rank_environment]
def rank_environment(
    local_rank: int,
    nproc_per_node: int,
    *,
    nnodes: int = 1,
    node_rank: int = 0,
    master_addr: str = "127.0.0.1",
    master_port: int = 29500,
    attempt: int = 0,
) -> dict[str, str]:
    """The variables that tell a process which rank it is, and where the others are.

    Args:
        local_rank: the process's number on its node, from 0.
        nproc_per_node: how many processes each node runs.
        nnodes: how many nodes there are.
        node_rank: the node's number, from 0.
        master_addr: where the store is that all ranks meet at.
        master_port: its port.
        attempt: how often the job was started before.

    Returns:
        The variables. Those of the process itself come beside them.

    Raises:
        ValueError: a number is out of its range.

    Examples:
        >>> variables = rank_environment(1, 2, nnodes=3, node_rank=2)
        >>> variables["RANK"], variables["WORLD_SIZE"]
        ('5', '6')
    """
    for name, value, limit in (
        ("local_rank", local_rank, nproc_per_node),
        ("node_rank", node_rank, nnodes),
    ):
        if not 0 <= value < limit:
            raise ValueError(f"expected a {name} from 0 to {limit - 1}, got {value}")
    return {
        "RANK": str(node_rank * nproc_per_node + local_rank),
        "LOCAL_RANK": str(local_rank),
        "WORLD_SIZE": str(nnodes * nproc_per_node),
        "LOCAL_WORLD_SIZE": str(nproc_per_node),
        "GROUP_RANK": str(node_rank),
        "GROUP_WORLD_SIZE": str(nnodes),
        "MASTER_ADDR": master_addr,
        "MASTER_PORT": str(master_port),
        "TORCHELASTIC_RESTART_COUNT": str(attempt),
        "TORCHELASTIC_USE_AGENT_STORE": "True",  # the launcher holds the store, rank 0 does not
    }


# --8<-- [end:rank_environment]


def launch(
    command: Sequence[str],
    nproc_per_node: int,
    *,
    nnodes: int = 1,
    node_rank: int = 0,
    master_addr: str = "127.0.0.1",
    master_port: int = 0,
    max_restarts: int = 0,
) -> int:
    """Run a command once for each rank of this node, until all have ended well.

    It handles no signals: SIGTERM ends `launch` and leaves its ranks, where `torchrun` would end them.

    Node 0 holds the store that the ranks meet at. When a rank fails, the others are ended, and all
    are started again: a process group can't take in a new member.

    Args:
        command: the program and its arguments.
        nproc_per_node: how many ranks to start here, at least 1.
        nnodes: how many nodes take part; each calls this function.
        node_rank: the number of this node, from 0.
        master_addr: the address of node 0.
        master_port: a free port of node 0. With 0 on one node, the system chooses.
        max_restarts: how often to start again after a failure. Needs a single node, as several
            would have to agree on it.

    Returns:
        How many restarts it took.

    Raises:
        RankError: a rank failed, and no restart is left. It names the first that was seen to fail.
        ValueError: a number is out of its range.

    Examples:
        >>> import sys, tempfile
        >>> folder = tempfile.mkdtemp()
        >>> program = "import os, sys; open(sys.argv[1] + '/' + os.environ['RANK'], 'w')"
        >>> launch([sys.executable, "-c", program, folder], 2)
        0
        >>> sorted(os.listdir(folder))
        ['0', '1']
    """
    if nproc_per_node < 1:
        raise ValueError(f"expected an nproc_per_node of at least 1, got {nproc_per_node}")
    if max_restarts < 0:
        raise ValueError(f"expected a max_restarts of at least 0, got {max_restarts}")
    if nnodes > 1 and max_restarts:
        raise ValueError(f"expected max_restarts=0 on {nnodes} nodes, got {max_restarts}")
    if nnodes > 1 and not master_port:
        raise ValueError(f"expected a master_port that all {nnodes} nodes know, got 0")
    rank_environment(0, nproc_per_node, nnodes=nnodes, node_rank=node_rank)
    for attempt in range(max_restarts + 1):
        port, store = master_port, None
        if node_rank == 0:  # a new store for each attempt: the keys of the last one are gone
            store = TCPStore(master_addr, master_port, is_master=True, wait_for_workers=False)
            port = store.port
        environments = [
            rank_environment(
                local_rank,
                nproc_per_node,
                nnodes=nnodes,
                node_rank=node_rank,
                master_addr=master_addr,
                master_port=port,
                attempt=attempt,
            )
            for local_rank in range(nproc_per_node)
        ]
        failed = run_attempt(command, environments)
        del store
        if not failed:
            return attempt
    failures = {node_rank * nproc_per_node + local: _how(code) for local, code in failed.items()}
    world_size = nnodes * nproc_per_node
    sentences = [f"rank {rank} of {world_size}: {how}" for rank, how in failures.items()]
    raise RankError("\n".join(sentences), failures)


# --8<-- [start:run_attempt]
def run_attempt(
    command: "Sequence[str]", environments: list[dict[str, str]], grace_s: float = 5.0
) -> dict[int, int]:
    """Run all ranks until they have ended or one has failed; return the exit codes of failures."""
    ranks: list[subprocess.Popen[bytes]] = []
    try:
        for variables in environments:
            rank = subprocess.Popen(command, env={**os.environ, **variables})
            ranks.append(rank)
        while True:
            codes = [rank.poll() for rank in ranks]
            failed = {number: code for number, code in enumerate(codes) if code}
            if failed or None not in codes:
                return failed
            time.sleep(0.05)
    finally:
        for rank in ranks:
            rank.terminate()  # SIGTERM, which a program may handle
        until = time.monotonic() + grace_s
        while any(rank.poll() is None for rank in ranks) and time.monotonic() < until:
            time.sleep(0.05)
        for rank in ranks:
            rank.kill()  # SIGKILL, which none can
            rank.wait()


# --8<-- [end:run_attempt]


def _how(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"


class Socket(NamedTuple):
    """One TCP socket of a process.

    Attributes:
        port: its own port.
        peer: the port at the other end; 0 if it listens.
        listens: whether others may connect to it.
        everywhere: whether it listens on all addresses of the machine.

    Examples:
        >>> Socket(port=29500, peer=0, listens=True, everywhere=True).listens
        True
    """

    port: int
    peer: int
    listens: bool
    everywhere: bool


def tcp_sockets(pid: int) -> list[Socket]:
    """The TCP sockets of a process that listen or are connected, from the tables of Linux.

    Args:
        pid: a process of the same user.

    Returns:
        Its sockets, in the order of the tables.

    Raises:
        FileNotFoundError: there is no such process, or the system has no `/proc`.

    Examples:
        >>> import socket
        >>> with socket.create_server(("127.0.0.1", 0)) as server:
        ...     mine = [s for s in tcp_sockets(os.getpid()) if s.port == server.getsockname()[1]]
        >>> [(s.listens, s.everywhere) for s in mine]
        [(True, False)]
    """
    links = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            links.add(str(link.readlink()))
        except FileNotFoundError:
            continue  # it was closed meanwhile
    found = []
    for table in ("tcp", "tcp6"):
        for row in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            _, here, there, state, *_, inode = row.split()[:10]
            if f"socket:[{inode}]" in links and state in (_LISTENING, _ESTABLISHED):
                address, port = here.split(":")
                listens = state == _LISTENING
                everywhere = listens and not int(address, 16)
                found.append(
                    Socket(int(port, 16), int(there.split(":")[1], 16), listens, everywhere)
                )
    return found


def hold_port(address: str = "127.0.0.1") -> tuple[int, socket.socket]:
    """Return a free port, and the socket that keeps it so until it is closed or forgotten.

    The socket is bound and does not listen: a store, which reuses addresses, may listen there; nobody else gets it.

    Args:
        address: whose port.

    Examples:
        >>> port, held = hold_port()
        >>> held.getsockname() == ("127.0.0.1", port)
        True
        >>> held.close()
    """
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind((address, 0))
    return held.getsockname()[1], held
