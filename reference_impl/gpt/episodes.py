"""Few-shot episodes: invented languages, each with suffix rules of its own, to be learned from examples.

Brown et al., [*Language models are few-shot learners*](https://arxiv.org/abs/2005.14165), section 2, define zero-, one-
and few-shot. An episode here is an instruction or blanks, then pairs of a noun and the noun with its suffix. Each noun
has a class, fixed but never named in an example. A language gives each class one of the suffixes.
"""

from dataclasses import dataclass

# --8<-- [start:episodes_imports]
import torch

# --8<-- [end:episodes_imports]
from jaxtyping import Float, Int
from torch import Tensor

from reference_impl.gpt.config import GPTConfig
from reference_impl.gpt.model import GPT

__all__ = ["Episodes", "best_accuracy", "shot_accuracy", "train_on_episodes"]


@dataclass(frozen=True)
class Episodes:
    """A family of languages with suffix rules, and episodes from them.

    Ids are, in this order: nouns; nouns with suffix; rules such as "class 2 takes -k"; a blank.

    Attributes:
        nouns: how many there are; noun `n` is of class `n % classes`.
        classes: how many classes of nouns.
        suffixes: how many suffixes a rule can choose from, at most 8.
        examples: pairs in an episode, each of another noun.
        held_out: one language in so many is kept from training.

    Raises:
        ValueError: a size is out of its range.

    Examples:
        >>> family = Episodes()
        >>> ids = family.draw(1, torch.Generator().manual_seed(0))
        >>> family.spell(ids[0, :10])
        '_ _ _ _ gu gu-t fe fe-t go go-t'
    """

    nouns: int = 24
    classes: int = 4
    suffixes: int = 4
    examples: int = 12
    held_out: int = 4

    def __post_init__(self) -> None:
        if not (
            self.classes >= 1 and 2 <= self.suffixes <= 8 and 1 <= self.examples <= self.nouns <= 40
        ):
            raise ValueError(
                "expected at least 1 class, 2 to 8 suffixes, and 1 <= examples <= nouns <= 40, got "
                f"{self.classes}, {self.suffixes}, {self.examples} and {self.nouns}"
            )
        if self.held_out < 2:
            raise ValueError(f"expected held_out of at least 2, got {self.held_out}")

    @property
    def vocab(self) -> int:
        """How many ids there are."""
        return self.nouns * (1 + self.suffixes) + self.classes * self.suffixes + 1

    # --8<-- [start:episodes_draw]
    def draw(
        self,
        count: int,
        generator: torch.Generator,
        *,
        new: bool = False,
        instructed: float = 0.0,
    ) -> Int[Tensor, "count length"]:
        """Return episodes as ids, `(count, classes + 2 * examples)`.

        Args:
            count: how many.
            generator: source of randomness.
            new: languages that were held out, instead of those to train with.
            instructed: share of episodes that begin with the rules; the others begin with blanks.
        """
        rules = self._rules(count, generator, new)
        order = torch.rand(count, self.nouns, generator=generator).argsort(1)
        nouns = order[:, : self.examples]
        suffix = rules.gather(1, nouns % self.classes)
        answers = self.nouns + nouns * self.suffixes + suffix
        first_rule = self.nouns * (1 + self.suffixes)
        told = first_rule + torch.arange(self.classes) * self.suffixes + rules
        is_told = torch.rand(count, 1, generator=generator) < instructed
        told = torch.where(is_told, told, self.vocab - 1)
        return torch.cat((told, torch.stack((nouns, answers), dim=2).flatten(1)), dim=1)

    # --8<-- [end:episodes_draw]

    def _rules(self, count: int, generator: torch.Generator, new: bool) -> Tensor:
        """Return the suffix of each class, `(count, classes)`, in so many languages."""
        rows: list[Tensor] = []
        while sum(map(len, rows)) < count:
            rules = torch.randint(self.suffixes, (4 * count, self.classes), generator=generator)
            number = (rules * self.suffixes ** torch.arange(self.classes)).sum(1)
            mixed = (7919 * number + 13) % 251  # so that no simple rule tells the held out ones
            rows.append(rules[(mixed % self.held_out == 0) == new])
        return torch.cat(rows)[:count]

    def spell(self, ids: Int[Tensor, " length"]) -> str:
        """Return an episode in letters: `_` is a blank, `2:-k` the rule that class 2 takes -k.

        Args:
            ids: any part of one episode.
        """
        nouns = [a + b for a in "bdfghklm" for b in "aeiou"]
        suffixes, parts = "ksmtnrlp", []
        for i in ids.tolist():
            rest = i - self.nouns
            if i < self.nouns:
                parts.append(nouns[i])
            elif rest < self.nouns * self.suffixes:
                noun, suffix = divmod(rest, self.suffixes)
                parts.append(f"{nouns[noun]}-{suffixes[suffix]}")
            elif i < self.vocab - 1:
                rule, suffix = divmod(rest - self.nouns * self.suffixes, self.suffixes)
                parts.append(f"{rule}:-{suffixes[suffix]}")
            else:
                parts.append("_")
        return " ".join(parts)


# --8<-- [start:episodes_train]
def train_on_episodes(
    family: Episodes,
    steps: int,
    *,
    dim: int = 32,
    layers: int = 1,
    batch: int = 32,
    rate: float = 5e-3,
    seed: int = 0,
) -> GPT:
    """Return a small GPT in evaluation mode, trained to answer in many languages.

    Args:
        family: where the episodes come from; a quarter of them begins with the rules.
        steps: of AdamW, with a learning rate that rises and falls in straight lines.
        dim: width of the model.
        layers: its blocks.
        batch: episodes in a step.
        rate: the highest learning rate.
        seed: of weights and episodes.

    Examples:
        >>> train_on_episodes(Episodes(), steps=1).training
        False
    """
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    config = GPTConfig(
        vocab=family.vocab,
        context=family.classes + 2 * family.examples,
        dim=dim,
        layers=layers,
        heads=2,
        hidden=2 * dim,
        init_std=0.1,
    )
    model = GPT(config)
    optimizer = torch.optim.AdamW(
        model.parameters(), betas=(0.9, 0.95), weight_decay=0.0, fused=True
    )
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = rate * min(1, (step + 1) / 30, 2 * (1 - step / steps))
        ids = family.draw(batch, generator, instructed=0.25)
        targets = ids.roll(-1, dims=1)
        targets[
            :, : family.classes
        ] = -100  # the rules, and what follows a pair, are drawn at random
        targets[:, family.classes + 1 :: 2] = -100
        optimizer.zero_grad()
        torch.autograd.backward(model.loss(ids, targets))
        optimizer.step()
    return model.eval()


# --8<-- [end:episodes_train]


# --8<-- [start:episodes_accuracy]
def shot_accuracy(
    model: "GPT",
    family: "Episodes",
    *,
    count: int = 1000,
    seed: int = 1,
    new: bool = True,
    instructed: bool = False,
) -> "torch.Tensor":
    """Return the share of right answers after 0, 1, 2 ... examples, `(examples,)`.

    Args:
        model: whose weights stay as they are.
        family: where the episodes come from.
        count: episodes.
        seed: of the episodes.
        new: languages that were held out from training, or those of it.
        instructed: whether the episodes begin with the rules.

    Examples:
        >>> shot_accuracy(train_on_episodes(Episodes(), steps=1), Episodes(), count=5).shape
        torch.Size([12])
    """
    generator = torch.Generator().manual_seed(seed)
    ids = family.draw(count, generator, new=new, instructed=float(instructed))
    with torch.no_grad():
        answers = model(ids)[:, family.classes :: 2].argmax(-1)  # what follows each noun
    right: torch.Tensor = answers == ids[:, family.classes + 1 :: 2]
    return right.float().mean(0)


# --8<-- [end:episodes_accuracy]


# --8<-- [start:episodes_best]
def best_accuracy(family: Episodes) -> Float[Tensor, " examples"]:
    """Return what nobody can beat without the rules, after 0, 1, 2 ... examples.

    If the class was among the examples the answer is sure, else it is a guess among the suffixes.

    Args:
        family: whose nouns divide evenly into its classes.

    Raises:
        ValueError: they do not.

    Examples:
        >>> best_accuracy(Episodes(examples=3))
        tensor([0.2500, 0.4130, 0.5464])
    """
    if family.nouns % family.classes:
        raise ValueError(
            f"expected classes to divide the nouns, got {family.classes} and {family.nouns}"
        )
    others = family.nouns - family.nouns // family.classes  # nouns of the other classes
    left, unseen = float(family.nouns - 1), [1.0]
    for k in range(family.examples - 1):
        unseen.append(unseen[-1] * max(others - k, 0) / (left - k))
    share = torch.tensor(unseen)
    return 1 - share + share / family.suffixes


# --8<-- [end:episodes_best]
