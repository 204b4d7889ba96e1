"""Costs: bytes by formula against bytes counted, memory against real modules, the time model against counted rounds."""

import math
from dataclasses import replace

import pytest
import torch
from torch import Tensor, distributed
from torch.autograd.graph import saved_tensors_hooks

from reference_impl.distributed import (
    LLM_FOUNDRY,
    NARAYANAN,
    SCHEMES,
    GPTStage,
    Layout,
    Links,
    Machine,
    ParallelGPT,
    PublishedRun,
    RankError,
    Schedule,
    TrainStep,
    Wire,
    activation_bytes,
    all_gather,
    all_reduce,
    all_to_all,
    count_sends,
    counted_step,
    estimate,
    interleaved,
    one_f_one_b,
    plan_layouts,
    rank_parameters,
    reduce_scatter,
    run_ranks,
    sent_bytes,
    simulate,
    tree_all_reduce,
    zero_bytes,
)
from reference_impl.gpt import GPT, Block, GPTConfig, count_parameters
from reference_impl.scaling_laws import forward_flops

ODD = GPTConfig(vocab=20, context=25, dim=12, layers=4, heads=4, hidden=20)
POST = GPTConfig(
    vocab=28,
    context=16,
    dim=9,
    layers=4,
    heads=4,
    head_dim=5,
    hidden=4,
    norm="post",
    final_norm=False,
)
STEPS = {
    "odd": TrainStep(config=ODD, batch=4, length=24, ranks=1, bucket_bytes=1000),
    "post-norm, own head width": TrainStep(
        config=POST, batch=12, length=16, ranks=1, micro_batches=6, experts=8
    ),
    "bfloat16": TrainStep(config=ODD, batch=4, length=16, ranks=1, dtype=torch.bfloat16),
    "float64": TrainStep(config=POST, batch=4, length=8, ranks=1, dtype=torch.float64),
}


def one_process(step: TrainStep) -> float:
    torch.manual_seed(3)
    model = GPT(step.config).to(step.dtype)
    text = torch.randint(step.config.vocab, (step.batch, step.length + 1))
    return model.loss(text[:, :-1], text[:, 1:]).item()


def all_schemes(rank: int, step: TrainStep) -> dict[str, tuple[int, float | None]]:
    found = {}
    for scheme in SCHEMES:
        torch.manual_seed(3)
        traffic, loss = counted_step(rank, scheme, step)
        found[scheme] = (traffic.sent, loss)
    return found


# A dtype changes the bytes of a number, and nothing that depends on how many ranks there are.
CASES = [(name, ranks) for name in STEPS for ranks in (1, 2, 4) if ranks < 4 or "float" not in name]


@pytest.mark.parametrize(("name", "ranks"), CASES)
def test_every_byte_of_every_scheme(name: str, ranks: int) -> None:
    step = replace(STEPS[name], ranks=ranks)
    loss = one_process(step)
    found = run_ranks(all_schemes, ranks, step)
    for scheme in SCHEMES:
        formula = [sum(sent_bytes(scheme, step, rank).values()) for rank in range(ranks)]
        assert [of_rank[scheme][0] for of_rank in found] == formula, scheme
        assert (sum(formula) > 0) == (ranks > 1)
        known = [value for _, value in (of_rank[scheme] for of_rank in found) if value is not None]
        assert known
        if scheme != "experts":  # another model
            tolerance = 0.05 if step.dtype == torch.bfloat16 else 1e-5
            assert known == pytest.approx([loss] * len(known), abs=tolerance), scheme


def test_interleaved_pipeline() -> None:
    for ranks, chunks, micro_batches in ((2, 2, 4), (4, 1, 3)):
        step = TrainStep(
            config=ODD,
            batch=12,
            length=7,
            ranks=ranks,
            chunks=chunks,
            micro_batches=micro_batches,
        )
        found = run_ranks(counted_step, ranks, "pipeline", step)
        formula = [sum(sent_bytes("pipeline", step, rank).values()) for rank in range(ranks)]
        assert [traffic.sent for traffic, _ in found] == formula


def collectives(rank: int) -> list[bool]:
    """Each replacement against torch's own, same result; the originals are back afterwards."""
    n, before = distributed.get_world_size(), distributed.all_reduce
    x = torch.arange(6.0 * n) + rank

    def do() -> list[Tensor]:
        largest, total, root = x.clone(), x.clone(), x.clone()
        distributed.all_reduce(largest, distributed.ReduceOp.MAX)
        work = distributed.all_reduce(total, async_op=True)
        work.wait()
        distributed.broadcast(root, src=n - 1)
        parts = [torch.empty_like(x) for _ in range(n)]
        distributed.all_gather(parts, x)
        mine = torch.empty(6)
        distributed.reduce_scatter(mine, list(x.chunk(n)))
        even, uneven = torch.empty_like(x), torch.empty(n * (rank + 1))
        distributed.all_to_all_single(even, x)
        row = torch.arange(n * (n + 1) / 2) + 100 * rank
        sizes = [other + 1 for other in range(n)]
        distributed.all_to_all_single(uneven, row, [rank + 1] * n, sizes)
        return [largest, total, root, *parts, mine, even, uneven]

    with count_sends():
        ours = do()
    same = [torch.equal(one, other) for one, other in zip(ours, do(), strict=True)]
    return [*same, distributed.all_reduce is before]


@pytest.mark.parametrize("ranks", [1, 2, 3])
def test_replaced_collectives_are_torch_s(ranks: int) -> None:
    assert all(all(found) for found in run_ranks(collectives, ranks))


def test_sends_are_counted_where_they_leave() -> None:
    def work(rank: int) -> tuple[int, int]:
        with count_sends() as traffic:
            if rank == 0:
                distributed.send(torch.ones(3, dtype=torch.bfloat16), 1)
            else:
                distributed.recv(torch.empty(3, dtype=torch.bfloat16), 0)
        return traffic.sent, traffic.messages

    assert run_ranks(work, 2) == [(6, 1), (0, 0)]


@pytest.mark.parametrize("scheme", ["tensor", "sequence", "pipeline", "ring", "ulysses", "experts"])
def test_what_can_not_be_shared_out(scheme: str) -> None:
    config = ODD.change(heads=3, layers=3)
    step = TrainStep(
        config=config, batch=3, length=23, ranks=2, experts=3, micro_batches=2, bucket_bytes=10
    )
    with pytest.raises(ValueError, match=r"multiple of|divide"):
        sent_bytes(scheme, step)
    with pytest.raises(RankError) as error:
        run_ranks(counted_step, 2, scheme, step)
    assert sorted(error.value.failures) == [0, 1]
    assert all(
        message.startswith("ValueError: expected") for message in error.value.failures.values()
    )


def test_bad_arguments() -> None:
    step = replace(STEPS["odd"], ranks=2)
    with pytest.raises(ValueError, match="expected a scheme of data, zero-1"):
        sent_bytes("ddp", step)
    with pytest.raises(RankError, match="ranks 0, 1 of 2: ValueError: expected a scheme"):
        run_ranks(counted_step, 2, "ddp", step)
    with pytest.raises(RankError, match="ranks 0, 1 of 2: ValueError: expected 4 ranks, got 2"):
        run_ranks(counted_step, 2, "data", replace(step, ranks=4))
    with pytest.raises(ValueError, match="expected a rank from 0 to 1, got 2"):
        sent_bytes("data", step, 2)
    with pytest.raises(ValueError, match="at most 25, got 26"):
        replace(step, length=26)
    with pytest.raises(ValueError, match="at least 1"):
        replace(step, batch=0)
    with pytest.raises(ValueError, match="without band and dropout, got band 3"):
        replace(step, config=ODD.change(band=3))


class Clocked(Links):
    """Links with a logical clock: a message takes one unit, and waits for both ends."""

    clock = 0.0

    def _travel(self, after: float) -> Tensor:
        return torch.tensor(after, dtype=torch.float64)

    def send(self, x: Tensor, to: int) -> None:
        super().send(x, to)
        self.clock += 1
        distributed.send(self._travel(self.clock), to)

    def receive(self, into: Tensor, source: int) -> None:
        super().receive(into, source)
        theirs = torch.zeros((), dtype=torch.float64)
        distributed.recv(theirs, source)
        self.clock = max(self.clock + 1, theirs.item())

    def swap(self, x: Tensor, to: int, into: Tensor, source: int) -> None:
        sending = distributed.isend(x.contiguous(), to)
        distributed.recv(into, source)
        telling = distributed.isend(self._travel(self.clock + 1), to)
        theirs = torch.zeros((), dtype=torch.float64)
        distributed.recv(theirs, source)
        for work in (sending, telling):
            assert work is not None
            work.wait()
        self.clock = max(self.clock + 1, theirs.item())


def rounds(rank: int) -> dict[str, float]:
    n = distributed.get_world_size()
    do = {
        "all-reduce": all_reduce,
        "tree": tree_all_reduce,
        "all-gather": all_gather,
        "reduce-scatter": reduce_scatter,
        "all-to-all": all_to_all,
    }
    clocks = {}
    for kind, collective in do.items():
        links = Clocked()
        collective(torch.ones(4 * n), links)
        clocks[kind] = links.clock
    return clocks


def test_rounds_are_those_that_a_run_needs() -> None:
    latency_only = Wire(latency=1, bandwidth=math.inf)
    for ranks in (2, 3, 4, 6):
        found = run_ranks(rounds, ranks)
        for kind in found[0]:
            most = max(of_rank[kind] for of_rank in found)
            assert most == latency_only.seconds(kind, 1.0, ranks), (kind, ranks)


def test_bandwidth_part_is_what_is_sent() -> None:
    def work(rank: int) -> list[int]:
        found = []
        for collective, rows in ((all_reduce, 4), (all_gather, 1), (reduce_scatter, 4)):
            links = Links()
            collective(torch.ones(rows, 15), links)
            found.append(links.bytes)
        return found

    wire = Wire(latency=0, bandwidth=1)
    kinds = ("all-reduce", "all-gather", "reduce-scatter")
    assert run_ranks(work, 4)[0] == [wire.seconds(kind, 240, 4) for kind in kinds]


def test_bad_wires() -> None:
    with pytest.raises(ValueError, match="bandwidth above 0"):
        Wire(latency=0, bandwidth=0)
    with pytest.raises(ValueError, match="expected a kind of"):
        Wire(latency=0, bandwidth=1).seconds("gather", 1, 2)
    with pytest.raises(ValueError, match="at least 1 rank"):
        Wire(latency=0, bandwidth=1).seconds("tree", 1, 0)


def kept_bytes(block: Block, x: Tensor) -> int:
    weights = {p.untyped_storage().data_ptr() for p in block.parameters()}
    kept = {}

    def note(saved: Tensor) -> Tensor:
        storage = saved.untyped_storage()
        if storage.data_ptr() not in weights:
            kept[storage.data_ptr()] = (saved, storage.nbytes())
        return saved

    with saved_tensors_hooks(note, lambda saved: saved):
        block(x)
    return sum(size for _, size in kept.values())


@pytest.mark.parametrize("hidden", [None, 96, 512])
def test_activations_are_what_autograd_keeps(hidden: int | None) -> None:
    config = GPTConfig(vocab=8, context=64, dim=128, layers=1, heads=4, hidden=hidden)
    block = Block(config).bfloat16()
    for length, rows in ((64, 1), (16, 3)):
        x = torch.randn(rows, length, 128, dtype=torch.bfloat16, requires_grad=True)
        masks = 2 * length * rows * 128  # of dropout, which our block does not have
        # One log-sum-exp for each head, and mean and deviation of two norms.
        small = kept_bytes(block, x) - (activation_bytes(config, length, rows) - masks)
        assert 0 < small <= length * rows * 4 * (config.heads + 4)


def test_activations_follow_table_2() -> None:
    config = GPTConfig(vocab=8, context=1024, dim=512, layers=1, heads=8)
    numbers, t = 3 * 1024 * 512, 4
    scores = 5 * 8 * 1024 / 512

    def per_number(**options: bool | str | int) -> float:
        return activation_bytes(config, 1024, 3, **options) / numbers  # type: ignore[arg-type]  # of three types

    assert per_number(recompute="none") == 34 + scores
    assert per_number(tensor=t, sequence=False, recompute="none") == 10 + 24 / t + scores / t
    assert per_number(tensor=t, recompute="none") == 34 / t + scores / t
    assert per_number(tensor=t, sequence=False) == 10 + 24 / t
    assert per_number(tensor=t) == 34 / t
    assert per_number(sequence=False, recompute="full") == 2
    with pytest.raises(ValueError, match="none, attention or full, got 'all'"):
        activation_bytes(config, 1, 1, recompute="all")
    with pytest.raises(ValueError, match="at least 1"):
        activation_bytes(config, 0, 1)


@pytest.mark.parametrize("config", [ODD, POST])
def test_parameters_of_a_rank(config: GPTConfig) -> None:
    model = GPT(config)
    for stages in (2, 4):
        stage = GPTStage(model, 0, stages)
        assert rank_parameters(config, 1, stages) == sum(p.numel() for p in stage.parameters())

    def work(rank: int) -> int:
        return sum(p.numel() for p in ParallelGPT(config).parameters())

    for ranks in (1, 2, 4):
        assert run_ranks(work, ranks) == [rank_parameters(config, ranks, 1)] * ranks
    assert rank_parameters(config, 1, 1) == count_parameters(config)["total"]


def total_time(schedule: Schedule, blocks: float, head: float) -> float:
    """Until all is done, if each rank has `blocks` of work and the last stage `head` besides, a third of it forward.

    `simulate` takes all stages to be alike. This one has the schedule's orders and needs, but not the stages' times.
    """
    ends: dict[object, float] = {}
    clock, done = [0.0] * schedule.ranks, [0] * schedule.ranks
    while any(n < len(order) for n, order in zip(done, schedule.orders, strict=True)):
        for rank, order in enumerate(schedule.orders):
            while done[rank] < len(order):
                action = order[done[rank]]
                needs = schedule.needs(rank, action)
                if not all(need in ends for need in needs):
                    break
                is_last = schedule.stage(rank, action.chunk) == schedule.stages - 1
                work = blocks / schedule.chunks + head * is_last
                start = max([clock[rank], *(ends[need] for need in needs)])
                clock[rank] = start + work * (1 if action.kind == "F" else 2) / 3
                ends[rank, action] = clock[rank]
                done[rank] += 1
    return max(clock)


SCHEDULES = (
    one_f_one_b(4, 8),
    one_f_one_b(4, 3),
    one_f_one_b(8, 1),
    interleaved(4, 8, 2),
    interleaved(4, 4, 2),
    interleaved(2, 8, 4),
)


@pytest.mark.parametrize("schedule", SCHEDULES, ids=str)
@pytest.mark.parametrize("vocab", [8, 20, 400])
def test_waiting_and_holding_are_a_simulation_s(schedule: Schedule, vocab: int) -> None:
    config, rows, length = ODD.change(layers=8, vocab=vocab), 2, 24
    p, v, count = schedule.ranks, schedule.chunks, schedule.micro_batches
    machine = Machine.h100(8, efficiency=0.5)
    counts = forward_flops(config, length)
    blocks, head = 3 * (counts["blocks"] + counts["attention"]) / p, 3 * counts["head"]
    scale = rows * length / (machine.peak * machine.efficiency)
    layout = Layout(data=8 // p, tensor=1, pipeline=p, chunks=v, rows=rows)
    found = estimate(config, layout, machine, batch=layout.data * rows * count, length=length)
    total = total_time(schedule, blocks, head)
    assert found.time["compute"] == pytest.approx(count * (blocks + head / p) * scale)
    assert found.time["compute"] + found.time["bubble"] == pytest.approx(total * scale)
    assert total_time(schedule, 3.0, 0.0) == pytest.approx(simulate(schedule).total)
    block = activation_bytes(config, length, rows)
    peak = simulate(schedule).peak(0) * 8 / p
    assert found.memory["activations"] == pytest.approx(peak * block)


def test_a_ring_has_the_links_of_its_ranks_in_a_node() -> None:
    machine = Machine.h100(64, efficiency=0.5)
    link, inside = machine.between.bandwidth, machine.inside.bandwidth
    for links in range(1, 9):
        several = replace(machine, links=links)
        for nearest, here in ((1, 8), (2, 4), (4, 2), (8, 1), (16, 1)):
            assert several.wire(nearest, 64).bandwidth == min(links, here) * link
        assert several.wire(1, 8) == several.wire(2, 4) == machine.inside
    fast = replace(machine, between=Wire(1e-6, inside / 2))
    assert fast.wire(1, 64) == Wire(1e-6, inside)  # four links and eight are more than leaves a GPU
    assert fast.wire(8, 8) == fast.between
    assert machine.link(1, 64) == machine.between  # of a message, not a ring
    for links in (0, 9):
        with pytest.raises(ValueError, match=f"1 to 8 links, one a GPU, got {links}"):
            replace(machine, links=links)


def test_a_message_between_stages_has_one_link() -> None:
    config = GPTConfig(vocab=64, context=32, dim=64, layers=16, heads=8)
    layout = Layout(data=1, tensor=1, pipeline=16)
    one, eight = (
        estimate(config, layout, Machine.h100(16, efficiency=0.5, links=links), 16, 32)
        for links in (1, 8)
    )
    assert one.time == eight.time
    assert one.time["pipeline"] == pytest.approx(16 * 2 * 2 * 32 * 64 / 50e9)


def test_links_and_volumes_by_hand() -> None:
    machine = Machine.h100(64, efficiency=1e-9)  # so slow that all gradients hide
    assert machine.wire(8, 8) == machine.between
    assert machine.wire(1, 8) == machine.inside
    config = GPTConfig(vocab=64, context=32, dim=64, layers=4, heads=8)
    one = 7 / 8 * 2 * rank_parameters(config, 8, 1) / machine.between.bandwidth
    for stage, hidden, late in ((0, 2, 0), (1, 1, 1), (2, 4, 1), (3, 12, 0)):  # 4 micro-batches
        layout = Layout(data=8, tensor=8, pipeline=1, stage=stage)
        found = estimate(config, layout, machine, 32, 32)
        assert found.hidden == pytest.approx(hidden * one)
        assert found.time["data"] == pytest.approx(late * one)


def test_what_else_is_held() -> None:
    config, machine = ODD.change(layers=8), Machine.h100(8, efficiency=0.5)
    block = sum(p.numel() for p in Block(config).parameters())
    for p, d in ((1, 8), (4, 2)):
        for stage in range(4):
            layout = Layout(data=d, tensor=1, pipeline=p, stage=stage, rows=2)
            found = estimate(config, layout, machine, batch=32, length=24)
            state = zero_bytes(rank_parameters(config, 1, p), stage, d, 2, 2, 12)
            assert {name: found.memory[name] for name in state} == state
            # Two blocks' weights, with positions and the last norm spread over the blocks.
            spread = 2 * 2 * (config.context + 2) * config.dim / (8 / p)
            assert 0 <= found.memory["gathered"] - (stage == 3) * 4 * block <= spread
            assert found.memory["logits"] == (p == 1) * 4 * 2 * 24 * config.vocab


def test_published_parameters_and_operations() -> None:
    for run in NARAYANAN + LLM_FOUNDRY:
        length, h, layers = 2048, run.dim, run.layers
        assert count_parameters(run.config)["total"] / 1e9 == pytest.approx(run.billions, abs=0.06)
        layout = run.layout
        assert layout.data * layout.tensor * layout.pipeline == run.gpus
        found = estimate(run.config, layout, run.machine(0.5, 1, 1), run.batch, length)
        extra = length / (6 * h) + run.vocab / (16 * layers * h)
        if run in NARAYANAN:
            equation_3 = 96 * run.batch * length * layers * h * h * (1 + extra)
            assert (found.operations + found.again) * run.gpus == pytest.approx(equation_3)


@pytest.mark.parametrize(
    ("billions", "parameters"),
    [(6.7, 6658859008), (12.9, 12853954560), (30.0, 29975214080), (64.9, 64862437376)],
)
def test_llm_foundry_counts_as_we_do(billions: float, parameters: int) -> None:
    """Its README counts 6 operations for each of its `NumParams`, and attention."""
    run = next(run for run in LLM_FOUNDRY if run.billions == billions)
    theirs = 6 * parameters + 12 * run.layers * run.dim * 2048
    assert 3 * sum(forward_flops(run.config, 2048).values()) == pytest.approx(theirs, rel=0.003)
    assert count_parameters(run.config)["total"] == pytest.approx(parameters, rel=1e-3)


def narayanan_off(run: PublishedRun, links: int) -> float:
    return run.modelled(efficiency=0.6, share=0.63, links=links) / run.rate - 1


def foundry_off(run: PublishedRun, links: int) -> float:
    """The efficiency is what the best run of the same model on the same GPUs reached."""
    same = [
        other.reached
        for other in LLM_FOUNDRY
        if (other.table, other.dim, other.recompute) == (run.table, run.dim, run.recompute)
    ]
    return run.modelled(efficiency=max(same), share=0.63, links=links) / run.rate - 1


def test_published_rates_with_one_link() -> None:
    """174.6 billion on 768 and on 1,536 GPUs set the two constants. The page says how far the others are off."""
    off = {(run.billions, run.stage, run.gpus): narayanan_off(run, links=1) for run in NARAYANAN}
    assert all(abs(off[174.6, *key]) < 0.011 for key in ((0, 768), (3, 1536)))
    small = {key for key in off if key[0] < 4} | {(174.6, 3, 384), (529.6, 3, 640)}
    assert all(abs(value) <= 0.115 for key, value in off.items() if key not in small)
    assert all(0.13 < off[key] < 0.28 for key in small)


def test_zero_3_of_narayanan_had_no_eight_links() -> None:
    for run in NARAYANAN:
        if run.stage == 3:
            assert run.zero_3_bandwidth < Machine.a100(run.gpus, 0.6).between.bandwidth
            if run.rows < 4:
                assert abs(narayanan_off(run, links=1)) < 0.12
                assert narayanan_off(run, links=8) > 0.9
        elif run.tensor == 8:  # their rings have one rank in each node
            assert narayanan_off(run, links=8) == narayanan_off(run, links=1)


def test_llm_foundry_had_several_links() -> None:
    off = [foundry_off(run, links=8) for run in LLM_FOUNDRY]
    assert min(off) > -0.001  # the best runs set the constant
    assert max(off) < 0.2
    assert [sum(value > most for value in off) for most in (0.03, 0.11, 0.16)] == [9, 2, 1]
    for run in LLM_FOUNDRY:
        if run.rows == 2 and run.gpus > 8:
            link = run.machine(1, 1, 1).between.bandwidth
            assert run.zero_3_bandwidth > 1.3 * link  # by the data sheet
            assert foundry_off(run, links=1) < -0.5
            assert abs(foundry_off(run, links=4) - foundry_off(run, links=8)) < 1e-9
        elif run.gpus == 8 or run.rows > 6:
            assert foundry_off(run, links=1) == pytest.approx(foundry_off(run, links=8))


@pytest.mark.parametrize("links", [1, 8])
def test_the_published_layouts_are_near_the_best(links: int) -> None:
    """As the page says: first or second for the large models, first to fourth for the others."""
    for run in NARAYANAN[:10]:
        machine = run.machine(0.6, 0.63, links)
        found = plan_layouts(run.config, machine, run.batch, 2048, stages=(0,), recompute=(True,))
        fastest: dict[tuple[int, int], float] = {}
        for one in found:
            fastest.setdefault((one.layout.tensor, one.layout.pipeline), one.seconds)
        chosen, large = (run.tensor, run.pipeline), run.billions > 70
        assert (len(fastest) == 1) == (run.billions == 76.1)
        assert list(fastest).index(chosen) < (2 if large else 5)
        assert fastest[chosen] / found[0].seconds - 1 < (0.06 if large else 0.12)


def test_the_plan_turns_with_the_links() -> None:
    config = GPTConfig(vocab=51_200, context=4096, dim=8192, layers=80, heads=64, hidden=36_864)
    best, alone = {}, Layout(data=1024, tensor=1, pipeline=1, stage=3, recompute=True)
    seconds = {}
    for links in (1, 2, 4, 8):
        machine = Machine.h100(1024, efficiency=0.6, share=0.63, links=links)
        best[links] = plan_layouts(config, machine, batch=1024, length=4096)[0]
        seconds[links] = estimate(config, alone, machine, 1024, 4096).seconds
    assert (best[1].layout.tensor, best[1].layout.stage) == (4, 1)
    assert (best[8].layout.tensor, best[8].layout.stage, best[8].layout.pipeline) == (2, 3, 1)
    assert best[4].layout == best[8].layout
    assert best[4].seconds == best[8].seconds  # with t = 2 a ring has four ranks in a node
    assert seconds[1] > 3 * seconds[8]


def test_every_plan_fits_and_is_sorted() -> None:
    config = GPTConfig(vocab=51_200, context=2048, dim=4096, layers=36, heads=32)
    machine = Machine.h100(64, efficiency=0.5)
    found = plan_layouts(config, machine, batch=256, length=2048)
    assert all(one.bytes <= machine.memory for one in found)
    assert [one.seconds for one in found] == sorted(one.seconds for one in found)
    assert all(one.layout.tensor <= 8 for one in found)
    floor = found[0].operations / (machine.peak * machine.efficiency)
    assert all(one.seconds >= floor * (1 - 1e-9) for one in found)
    assert len({str(one.layout) for one in found}) == len(found)


def test_more_of_anything_never_costs_less() -> None:
    config = GPTConfig(vocab=51_200, context=2048, dim=4096, layers=32, heads=32)
    base = Machine.h100(64, efficiency=0.5)
    slow = replace(base, between=Wire(0, 10e9), inside=Wire(0, 100e9))
    for stage in range(4):
        layout = Layout(data=8, tensor=4, pipeline=2, stage=stage)
        fast, late = (estimate(config, layout, m, 256, 2048) for m in (base, slow))
        assert late.seconds > fast.seconds
        assert late.bytes == fast.bytes
        again = estimate(config, replace(layout, recompute=True), base, 256, 2048)
        assert again.bytes < fast.bytes
        assert again.seconds > fast.seconds
        if stage:
            below = estimate(config, replace(layout, stage=stage - 1), base, 256, 2048)
            kinds = ("parameters", "gradients", "optimizer")
            assert sum(fast.memory[k] for k in kinds) < sum(below.memory[k] for k in kinds)


def test_bad_plans() -> None:
    machine = Machine.h100(8, efficiency=0.5)
    layout = Layout(data=2, tensor=2, pipeline=2)
    good = (machine, 16, 24)
    estimate(ODD, layout, *good)
    for bad, message in (
        ({"data": 3}, "multiply to 8 GPUs, got 3 x 2 x 2 = 12"),
        ({"rows": 3}, "divide, got 16"),
        ({"rows": 0}, "at least 1"),
        ({"tensor": 8, "data": 1, "pipeline": 1}, "heads to be a multiple of 8, got 4"),
        ({"pipeline": 4, "tensor": 1, "chunks": 4}, "layers to be a multiple of 16, got 4"),
        ({"pipeline": 1, "data": 4, "chunks": 2}, "several stages"),
    ):
        with pytest.raises(ValueError, match=message):
            estimate(ODD, replace(layout, **bad), *good)  # type: ignore[arg-type]  # all are numbers
    with pytest.raises(ValueError, match="full nodes of 8 GPUs, got 12"):
        Machine.h100(12, efficiency=0.5)
    with pytest.raises(ValueError, match="efficiency up to 1"):
        Machine.h100(8, efficiency=1.5)
    with pytest.raises(ValueError, match=r"at most 0 GB a GPU, got .* at best: d"):
        plan_layouts(ODD, replace(machine, memory=1), 16, 24)
    with pytest.raises(ValueError, match=r"got none; the last was d.* expected"):
        plan_layouts(ODD.change(vocab=21, heads=3, layers=3), replace(machine, node=8), 7, 24)
