"""`run_ranks`: results, output, failures that name their rank, and no process left behind."""

import multiprocessing
import os
import signal
import time
from pathlib import Path

import pytest
import torch
from torch import distributed

from reference_impl.distributed import RankError, run_ranks


def total(rank, offset):
    x = torch.tensor([float(rank + offset)])
    distributed.all_reduce(x)
    return x


@pytest.mark.parametrize("world_size", [1, 2, 4])
def test_ranks_form_a_group_and_return_in_order(world_size):
    expected = torch.tensor([float(sum(range(world_size)) + 10 * world_size)])
    assert run_ranks(total, world_size, 10) == [expected] * world_size
    assert run_ranks(lambda rank: rank, world_size) == list(range(world_size))


def test_spawned_processes_do_the_same():
    assert run_ranks(total, 2, 1, start_method="spawn") == [torch.tensor([3.0])] * 2


def test_output_comes_rank_after_rank(capsys):
    def work(rank):
        time.sleep(0.05 * (3 - rank))
        print("rank", rank)

    run_ranks(work, 3)
    assert capsys.readouterr().out == "rank 0\nrank 1\nrank 2\n"


def test_all_ranks_begin_with_the_random_state_of_the_caller():
    torch.manual_seed(5)
    drawn = run_ranks(lambda rank: torch.randn(3), 2, start_method="fork")
    assert torch.equal(drawn[0], drawn[1])
    assert torch.equal(drawn[0], torch.randn(3))


def test_an_error_names_its_rank_and_ends_those_that_wait():
    def work(rank):
        if rank == 2:
            raise ValueError("no such expert")
        distributed.barrier()

    with pytest.raises(RankError, match=r"^rank 2 of 4: ValueError: no such expert\n") as caught:
        run_ranks(work, 4)
    assert caught.value.failures == {2: "ValueError: no such expert"}
    assert "ranks 0, 1, 3, waiting for the others, were stopped" in str(caught.value)
    assert 'raise ValueError("no such expert")' in str(caught.value)
    assert not multiprocessing.active_children()


def test_the_same_error_on_all_ranks_is_said_once():
    def work(rank):
        raise ValueError("6 does not divide by 4")

    with pytest.raises(RankError, match=r"^ranks 0, 1 of 2: ValueError: 6 does not divide by 4"):
        run_ranks(work, 2)


def test_a_killed_rank_is_named_first():
    def work(rank):
        if rank == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        distributed.barrier()

    with pytest.raises(RankError, match=r"^rank 1 of 3: died without a word \(signal SIGKILL\)"):
        run_ranks(work, 3)
    assert not multiprocessing.active_children()


def test_a_hung_rank_is_named_with_the_line_it_hangs_in():
    def stuck(rank):
        if rank == 1:
            time.sleep(600)
        return rank

    with pytest.raises(RankError, match=r"^rank 1 of 2: did not finish within 3 s, in .* stuck"):
        run_ranks(stuck, 2, timeout=3.0)
    assert not multiprocessing.active_children()


def test_ranks_leave_with_their_parent():
    """A killed parent can't clean up: its ranks notice by themselves."""

    def middle(pipe):
        def work(rank):
            pipe.send(os.getpid())
            time.sleep(600)

        run_ranks(work, 2)

    here, there = multiprocessing.Pipe()
    parent = multiprocessing.get_context("fork").Process(target=middle, args=(there,))
    parent.start()
    ranks = [here.recv(), here.recv()]
    parent.kill()
    parent.join()
    until = time.monotonic() + 30
    while any(map(_is_running, ranks)) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(map(_is_running, ranks))


def _is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_bad_settings_are_refused():
    with pytest.raises(ValueError, match="expected a world_size of at least 1, got 0"):
        run_ranks(print, 0)
    with pytest.raises(ValueError, match="expected a timeout above 0 s, got 0"):
        run_ranks(print, 1, timeout=0.0)
