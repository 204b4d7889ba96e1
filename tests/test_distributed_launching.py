"""`launch` against torchrun, failures and restarts, sockets, the SLURM script, and jobs that outlive a terminal."""

import json
import os
import pty
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from torch.distributed.run import parse_args

from reference_impl.distributed import (
    RankError,
    Socket,
    launch,
    rank_environment,
    tcp_sockets,
)
from tests.code_blocks.execute import hang_up_as_usual
from tests.code_blocks.fences import ROOT

SBATCH = ROOT / "snippets/distributed/launching_job.sbatch"
# Far more than anything here takes: what hangs is ended, what is slow is not.
HUNG_SECONDS = 300

# Writes the rank's environment, and says who it is in a sum over all ranks.
PROGRAM = """
import json, os, sys
from pathlib import Path
from torch import distributed as dist
import torch
dist.init_process_group("gloo")
x = torch.tensor([10.0 ** dist.get_rank()])
dist.all_reduce(x)
found = dict(os.environ, sum=x.item())
Path(sys.argv[1], os.environ["RANK"]).write_text(json.dumps(found))
dist.destroy_process_group()
"""


@pytest.fixture
def program(tmp_path):
    path = tmp_path / "program.py"
    path.write_text(PROGRAM)
    return path


def environments(folder, world_size):
    return [json.loads((folder / str(rank)).read_text()) for rank in range(world_size)]


def test_torchrun_sets_each_variable_as_launch_does(tmp_path, program):
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    ours.mkdir()
    theirs.mkdir()
    assert launch([sys.executable, str(program), str(ours)], 2) == 0
    words = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    subprocess.run([sys.executable, *words, str(program), str(theirs)], check=True)
    own = {"MASTER_ADDR", "MASTER_PORT"}  # torchrun writes localhost, and each chooses its port
    for mine, other in zip(environments(ours, 2), environments(theirs, 2), strict=True):
        assert mine["sum"] == other["sum"] == 11.0
        for name in rank_environment(0, 1).keys() - own:
            assert mine[name] == other[name], name
        assert {"127.0.0.1", "localhost"} == {mine["MASTER_ADDR"], other["MASTER_ADDR"]}


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def test_two_nodes_make_one_group(tmp_path, program):
    code = (
        "import sys; from reference_impl.distributed import launch\n"
        "launch([sys.executable, *sys.argv[3:]], 2, nnodes=2,"
        " node_rank=int(sys.argv[1]), master_port=int(sys.argv[2]))"
    )
    port = str(free_port())
    words = [sys.executable, "-c", code]
    nodes = [
        subprocess.Popen([*words, str(node), port, str(program), str(tmp_path)]) for node in (1, 0)
    ]
    assert [node.wait(HUNG_SECONDS) for node in nodes] == [0, 0]
    found = environments(tmp_path, 4)
    assert [variables["sum"] for variables in found] == [1111.0] * 4
    assert [variables["GROUP_RANK"] for variables in found] == ["0", "0", "1", "1"]
    with socket.create_server(("127.0.0.1", int(port))):
        pass  # the port is free again


def python(code):
    return [sys.executable, "-c", "import os, sys, time, signal\n" + code]


def test_a_failure_ends_all_ranks_and_names_the_first(tmp_path):
    code = f"""
open({str(tmp_path)!r} + "/" + os.environ["RANK"], "w").write(str(os.getpid()))
while len(os.listdir({str(tmp_path)!r})) < 3: time.sleep(0.01)
if os.environ["RANK"] == "1": os.kill(os.getpid(), signal.SIGKILL)
time.sleep(600)
"""
    with pytest.raises(RankError, match=r"^rank 1 of 3: signal SIGKILL$") as caught:
        launch(python(code), 3)
    assert caught.value.failures == {1: "signal SIGKILL"}
    for rank in range(3):
        assert not Path("/proc", (tmp_path / str(rank)).read_text()).exists()


def test_a_rank_that_ignores_sigterm_is_ended_too():
    code = """
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.environ["RANK"] == "1": sys.exit(3)
time.sleep(600)
"""
    with pytest.raises(RankError, match=r"^rank 1 of 2: exit status 3$"):
        launch(python(code), 2)


@pytest.mark.parametrize("failures", [0, 1, 2])
def test_restarts_are_counted(failures):
    code = f"sys.exit(int(os.environ['TORCHELASTIC_RESTART_COUNT']) < {failures})"
    assert launch(python(code), 2, max_restarts=2) == failures


def test_each_attempt_has_a_store_of_its_own():
    """What torchrun shares between attempts (the page shows it) `launch` does not."""
    code = """
from torch.distributed.rendezvous import rendezvous
store, rank, world_size = next(rendezvous("env://"))
assert not store.check(["left"])
store.set("left", "x")
sys.exit(os.environ["TORCHELASTIC_RESTART_COUNT"] == "0")
"""
    assert launch(python(code), 1, max_restarts=1) == 1


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"nproc_per_node": 0}, "expected an nproc_per_node of at least 1, got 0"),
        ({"max_restarts": -1}, "expected a max_restarts of at least 0, got -1"),
        ({"nnodes": 2, "max_restarts": 1}, "expected max_restarts=0 on 2 nodes, got 1"),
        ({"nnodes": 2}, "expected a master_port that all 2 nodes know, got 0"),
        ({"nnodes": 2, "node_rank": 2, "master_port": 1}, "a node_rank from 0 to 1, got 2"),
    ],
)
def test_bad_settings_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        launch(["true"], **{"nproc_per_node": 1, **settings})


def test_a_program_that_does_not_exist_leaves_no_process():
    with pytest.raises(FileNotFoundError):
        launch(["/no/such/program"], 2)


def test_ranks_are_numbered_node_by_node():
    found = [
        rank_environment(local, 3, nnodes=2, node_rank=node)["RANK"]
        for node in range(2)
        for local in range(3)
    ]
    assert found == list("012345")
    with pytest.raises(ValueError, match="expected a local_rank from 0 to 2, got 3"):
        rank_environment(3, 3)


def test_sockets_of_this_process_are_found_with_their_peers():
    before = set(tcp_sockets(os.getpid()))
    with (
        socket.create_server(("0.0.0.0", 0)) as server,
        socket.create_connection(server.getsockname()) as client,
        server.accept()[0] as accepted,
    ):
        port, other = server.getsockname()[1], client.getsockname()[1]
        expected = {
            Socket(port, 0, listens=True, everywhere=True),
            Socket(port, other, listens=False, everywhere=False),
            Socket(other, port, listens=False, everywhere=False),
        }
        assert set(tcp_sockets(os.getpid())) - before == expected
        assert accepted.getpeername()[1] == other
    assert set(tcp_sockets(os.getpid())) == before
    with pytest.raises(FileNotFoundError):
        tcp_sockets(2**22 + 1)


# The SLURM script ---------------------------------------------------------------------------------


def stub(folder, name, text):
    path = folder / name
    path.write_text("#!/bin/bash\n" + text)
    path.chmod(0o755)


def test_the_slurm_script_starts_one_torchrun_a_node_with_one_endpoint(tmp_path):
    """`scontrol`, `srun` and `torchrun` are stand-ins; what torchrun gets is read by its own parser."""
    subprocess.run(["bash", "-n", SBATCH], check=True)
    hosts = 'test "$*" = "show hostnames node[17-18]" && printf "node17\\nnode18\\n"\n'
    stub(tmp_path, "scontrol", hosts)
    stub(
        tmp_path,
        "srun",
        'test "$1" = --cpus-per-task=32 && shift || exit\nfor node in 0 1; do SLURM_NODEID=$node "$@" || exit; done\n',
    )
    stub(tmp_path, "torchrun", 'printf "%s\\n" "$@" > "$OUT/$SLURM_NODEID"\n')
    job = {
        "SLURM_JOB_NODELIST": "node[17-18]",
        "SLURM_JOB_ID": "123456",
        "SLURM_NNODES": "2",
        "SLURM_CPUS_PER_TASK": "32",
    }
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "OUT": str(tmp_path), **job}
    command = ["bash", SBATCH, "--lr", "0.1", "two words"]
    subprocess.run(command, check=True, env=environment)
    given = [(tmp_path / node).read_text().splitlines() for node in "01"]
    assert given[0] == given[1]
    arguments = parse_args(given[0])
    assert arguments.rdzv_endpoint == "node17:23456"
    assert (arguments.nnodes, arguments.nproc_per_node, arguments.rdzv_id) == ("2", "8", "123456")
    assert arguments.rdzv_backend == "c10d"
    assert arguments.training_script == "train.py"
    assert arguments.training_script_args == ["--lr", "0.1", "two words"]


def test_the_slurm_script_asks_for_one_task_a_node():
    options = dict(
        line.removeprefix("#SBATCH --").split("=")
        for line in SBATCH.read_text().splitlines()
        if line.startswith("#SBATCH")
    )
    assert options["ntasks-per-node"] == "1"
    assert options["gpus-per-node"] == "8"  # as --nproc-per-node
    assert options["open-mode"] == "append"


# In the background --------------------------------------------------------------------------------

# Prints to both streams, then waits for a file, and leaves another.
TRAINING = """
import os, signal, sys, time
print("step 1")
print("a warning", file=sys.stderr)
open("started", "w").write(str(os.getpid()))
while not os.path.exists("go"): time.sleep(0.02)
print("step 2")
open("finished", "w").close()
"""


def wait_for(condition):
    give_up = time.monotonic() + HUNG_SECONDS
    while not condition():
        assert time.monotonic() < give_up, "it hangs"
        time.sleep(0.02)


def in_terminal(words, folder, environment, meanwhile):
    """Run a command in a terminal of its own; do something; close the terminal; wait for the command."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.execvpe(words[0], words, environment)
    try:
        meanwhile(terminal)
    finally:
        os.close(terminal)
        os.waitpid(child, 0)


def settings():
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "TERM": "xterm"}


def test_nohup_keeps_a_training_and_both_of_its_streams(tmp_path):
    (tmp_path / "train.py").write_text(TRAINING)
    (tmp_path / "train.log").write_text("the last run\n")
    line = "nohup python -u train.py >> train.log 2>&1 &"

    def start(terminal):
        os.write(terminal, line.encode() + b"\n")
        wait_for((tmp_path / "started").exists)

    shell = ["bash", "--norc", "--noediting", "-i"]
    in_terminal(shell, tmp_path, settings(), start)
    (tmp_path / "go").touch()  # only now: the terminal is gone
    wait_for((tmp_path / "finished").exists)
    lines = (tmp_path / "train.log").read_text().splitlines()
    kept = [line for line in lines if not line.startswith("nohup:")]
    assert kept == ["the last run", "step 1", "a warning", "step 2"]


@pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux, this machine has none")
def test_tmux_keeps_a_training_when_the_terminal_that_looks_in_is_closed(tmp_path):
    (tmp_path / "train.py").write_text(TRAINING)
    # A server of its own, in a folder with a short name: a socket's path is limited.
    environment = {**settings(), "TMUX_TMPDIR": str(tmp_path)}
    environment.pop("TMUX", None)
    environment.pop("PYTHONUNBUFFERED", None)  # the page's command has to do without

    def tmux(line):
        result = subprocess.run(
            line, shell=True, cwd=tmp_path, env=environment, capture_output=True, text=True
        )
        assert result.returncode == 0, result.stderr
        return result.stdout

    tmux("tmux new-session -d -s training 'python -u train.py 2>&1 | tee -a train.log'")
    try:
        wait_for((tmp_path / "started").exists)

        def look(terminal):
            wait_for(lambda: "(attached)" in attached())

        def attached():
            return tmux("tmux list-sessions")

        attach = "tmux attach -t training"
        in_terminal(attach.split(), tmp_path, environment, look)
        wait_for(lambda: "(attached)" not in attached())
        seen = ("step 1", "a warning")  # both, while it still runs: nothing is held back
        wait_for(lambda: all(s in tmux("tmux capture-pane -p -t training") for s in seen))
        (tmp_path / "go").touch()
        wait_for((tmp_path / "finished").exists)
        wait_for(lambda: "step 2" in (tmp_path / "train.log").read_text())
    finally:
        subprocess.run(["tmux", "kill-server"], env=environment, stderr=subprocess.DEVNULL)


def test_a_hang_up_ends_what_does_not_ignore_it():
    """The page's claim about signals, without a terminal: SIGHUP's default is to end the process."""
    for ignore, code in (("", -signal.SIGHUP), ("nohup ", 0)):
        words = f"{ignore}{sys.executable} -c".split()
        with hang_up_as_usual():
            job = subprocess.Popen(
                [*words, "print('ready', flush=True); input()"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        assert job.stdout.readline() == "ready\n"
        job.send_signal(signal.SIGHUP)
        job.communicate("\n")
        assert job.returncode == code
