"""A small GPT with eight experts, with and without the balance loss: `python -m benchmarks.moe_routing`.

Trained on Python's help texts, byte by byte. Recorded: the share of tokens that chose each expert, the share dropped,
and the loss, averaged over 20 steps; for each of three seeds, the final shares; and where the trained router
sends the characters of one sentence. They go into the data files that `snippets/distributed/figures/experts_load.py` and
`experts_routing.py` draw. About 20 seconds on one core.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from reference_impl.distributed import MixtureOfExperts, Routing, balance_loss
from reference_impl.gpt import GPT, GPTConfig
from reference_impl.train.characters import Chunks, task

FIGURES = Path(__file__).parents[1] / "snippets" / "distributed" / "figures"
LOAD, ROUTING = FIGURES / "experts_load.json", FIGURES / "experts_routing.json"
STEPS, EVERY, CONTEXT, BATCH, EXPERTS = 400, 20, 32, 16, 8
COEFFICIENTS = {"without": 0.0, "with": 0.01}
SEEDS = (0, 1, 2)
SENTENCE = "Return the number of items."


class Mixture(nn.Module):
    """The layer as a GPT block calls it; it keeps the routing of its last call."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = MixtureOfExperts(dim=32, hidden=64, experts=EXPERTS, factor=1.25)
        self.routing: Routing | None = None

    def forward(self, x: Tensor) -> Tensor:
        """Return what the experts add."""
        out, self.routing = self.layer(x)
        return out


def model(seed: int) -> tuple[GPT, Mixture]:
    """A GPT of one block, whose feed-forward layer is a mixture."""
    torch.manual_seed(seed)
    config = GPTConfig.gpt2().change(
        vocab=256, context=CONTEXT, dim=32, layers=1, heads=4, dropout=0.0, init_std=0.1
    )
    gpt, mixture = GPT(config), Mixture()
    gpt.blocks[0].mlp = mixture
    return gpt, mixture


def routing_of(mixture: Mixture) -> Routing:
    """Return the routing of the last call."""
    if mixture.routing is None:
        raise ValueError("expected a mixture that was called")
    return mixture.routing


def train(
    coefficient: float, seed: int = 0, steps: int = STEPS
) -> tuple[GPT, Mixture, dict[str, Any]]:
    """Train; return the model, its mixture, and what was seen, averaged over every 20 steps."""
    gpt, mixture = model(seed)
    data = task(context=CONTEXT, width=1).train_data
    if not isinstance(data, Chunks):
        raise TypeError(f"expected chunks, got {type(data).__name__}")
    optimizer = torch.optim.AdamW(gpt.parameters(), lr=3e-3, betas=(0.9, 0.95), weight_decay=0.1)
    seen: list[Tensor] = []
    for _ in range(steps):
        chunks = torch.stack([data[i] for i in torch.randint(len(data), (BATCH,)).tolist()])
        loss = gpt.loss(chunks[:, :-1], chunks[:, 1:])
        routing = routing_of(mixture)
        optimizer.zero_grad()
        (loss + coefficient * balance_loss(routing)).backward()
        optimizer.step()
        share = routing.load / routing.load.sum()
        seen.append(torch.cat([share, torch.tensor([routing.dropped, loss.item()])]))
    means = torch.stack(seen).view(-1, EVERY, EXPERTS + 2).mean(1)
    return gpt, mixture, {
        "load": [[round(x, 3) for x in row] for row in means[:, :EXPERTS].tolist()],
        "dropped": [round(x, 3) for x in means[:, EXPERTS].tolist()],
        "loss": [round(x, 3) for x in means[:, EXPERTS + 1].tolist()],
    }  # fmt: skip  # a table reads as a table


def send(gpt: GPT, mixture: Mixture, text: str) -> dict[str, Any]:
    """Return which expert each byte of a text goes to, with which gate, and whether it got a place."""
    with torch.no_grad():
        gpt(torch.tensor([list(text.encode())]))
    routing = routing_of(mixture)
    return {
        "text": text,
        "capacity": routing.capacity,
        "expert": routing.experts.flatten().tolist(),
        "gate": [round(g, 2) for g in routing.gates.flatten().tolist()],
        "kept": routing.kept.flatten().tolist(),
    }


def main() -> None:
    """Train all settings and write the data files."""
    when = {"torch": torch.__version__.split("+")[0], "date": datetime.now(UTC).date().isoformat()}
    load: dict[str, Any] = when | {"every": EVERY, "runs": {}, "final": {}}
    routing: dict[str, Any] = dict(when)
    for name, coefficient in COEFFICIENTS.items():
        for seed in SEEDS:
            gpt, mixture, seen = train(coefficient, seed)
            load["final"].setdefault(name, []).append({key: seen[key][-1] for key in seen})
            print(name, seed, {key: seen[key][-1] for key in seen})
            if seed == 0:
                load["runs"][name] = seen
                routing[name] = send(gpt, mixture, SENTENCE)
                print(routing[name])
    LOAD.write_text(json.dumps(load, indent=1) + "\n", encoding="utf-8")
    ROUTING.write_text(json.dumps(routing, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
