# %% [markdown]
r"""
# Train a small GPT on Python's documentation

You will be able to train a language model that survives SIGKILL, to measure it in a unit that any compressor can be measured in too, and to find out whether it is any good.
You need [byte-level BPE](../tokenizers/bpe.md) and the [training program](../saving/training_program.md). Read for 25 minutes, run for three.

The text is Python's own help, which `help("topics")` lists. It is that of Python 3.11. Another version has other text, and your numbers then differ a little.

The goal is a number: code a part of this text that the model has not seen in fewer bits a byte than `lzma`, a compressor that has read the rest too.

## What is unseen

The chapter's [model of this text](../gpt/generation.md#english) is evaluated on the last tenth. Many would draw a tenth at random. Is either unseen? `seen_before` says how many of its words lie in a run of eight that the training part has as well. `lzma_bits` says what the tenth adds to a compressed file that begins with the training part.
"""

# %%
import lzma


def seen_before(training, held_out, run=8):
    """Return the share of words that lie in a run of words which the training text has too."""
    known, words = training.split(), held_out.split()
    runs = {tuple(known[at : at + run]) for at in range(len(known) - run + 1)}
    starts = [at for at in range(len(words)) if tuple(words[at : at + run]) in runs]
    return len({place for at in starts for place in range(at, at + run)}) / len(words)


def lzma_bits(training, held_out):
    """Return bits a byte for the held-out text, by a compressor that has read the other."""
    size = [len(lzma.compress(text.encode())) for text in (training, training + held_out)]
    return 8 * (size[1] - size[0]) / len(held_out.encode())


def report(name, training, held_out):
    bits = lzma_bits(training, held_out)
    print(f"{name:18} {seen_before(training, held_out):4.0%} seen, lzma {bits:.1f} bits a byte")


# %% [markdown]
r"""
First a random tenth of the paragraphs, then the same tenth with its copies taken out of the training part, then the last tenth:
"""

# %%
import random
from pydoc_data.topics import topics

paragraphs = [part for name in sorted(topics) for part in topics[name].split("\n\n")]
random.Random(0).shuffle(paragraphs)
held_out, rest = paragraphs[: len(paragraphs) // 10], paragraphs[len(paragraphs) // 10 :]
others = [part for part in rest if part not in held_out]
report("a tenth at random", "\n\n".join(rest), "\n\n".join(held_out))
report("without its copies", "\n\n".join(others), "\n\n".join(held_out))
text = "\n".join(topics[name] for name in sorted(topics))
report("the last tenth", text[: len(text) * 9 // 10], text[len(text) * 9 // 10 :])

# %% [markdown]
r"""
A third of the random tenth also stands in the training part, word for word: the topic `compound` holds nearly all of `if`, `for`, `try` and others, `specialnames` most of `attribute-access`. Without the copies it costs 1.8 bits and not 1.4. The difference was memory. The last tenth has its share of copies too.

So keep each paragraph once, where it comes first. Then hold out whole topics. Of each ten, ordered by size, the fifth is for choosing between settings, and the tenth for one number at the end:
"""


# %%
def split():
    """Return three texts without a common paragraph: to train on, to choose with, to report."""
    seen, kept = set(), {}
    for name in sorted(topics):
        for part in topics[name].split("\n\n"):
            key = " ".join(part.split())  # without its indent
            if key and key not in seen:
                seen.add(key)
                kept.setdefault(name, []).append(part)
    text = {name: "\n\n".join(parts) for name, parts in kept.items()}
    by_size = sorted(text, key=lambda name: (-len(text[name]), name))
    role = {name: {4: 1, 9: 2}.get(place % 10, 0) for place, name in enumerate(by_size)}
    return ["\n\n".join(text[name] for name in sorted(text) if role[name] == r) for r in range(3)]


TRAINING, VALIDATION, TEST = split()
sizes = [len(part.encode()) for part in (text, TRAINING, VALIDATION, TEST)]
print("KB:", *(round(size / 1000) for size in sizes))
report("validation", TRAINING, VALIDATION)
report("test", TRAINING, TEST)

# %% [markdown]
r"""
A fifth of the text was copies. The numbers to beat are 1.7 bits a byte while we choose, and 2.0 on the test. That they differ says that one text is harder than another. Compare bits on the same text only.

## One unit

A model's loss is in nats a token, and what a token is depends on the vocabulary. Divide by bytes, and by $\ln 2$ for bits. With $B$ bytes of text:

$$\text{bits a byte} = \frac{1}{B \ln 2} \sum_i -\ln p(\text{token}_i \mid \text{tokens before})$$

A coder that uses the model's probabilities can write the text in about so many bits. So `lzma` is measured in the same unit.

A [`Task`](../reference/train.md#reference_impl.train.Task) says [over how many things its loss sums](../saving/training_program.md#sum-and-count). Let it count bytes, and the training program gives each loss in nats a byte:
"""

# %%
import torch

from reference_impl.gpt import GPT, GPTConfig
from reference_impl.tokenizers import train_bpe
from reference_impl.train import Task
from reference_impl.train.characters import Chunks


def encoded(vocab, *texts):
    """Return a tokenizer made from the training text, the bytes of each token, and ids."""
    tokenizer = train_bpe([split()[0]], vocab).tokenizer()
    widths = torch.tensor([len(tokenizer.decode_bytes([token])) for token in range(vocab)])
    return tokenizer, widths, [torch.tensor(tokenizer.encode(text).ids) for text in texts]


def task(vocab=2048, context=64, dim=96, layers=3, heads=4):
    """Predict the next token; the loss is in nats a byte."""
    _, widths, ids = encoded(vocab, *split()[:2])
    sizes = {"context": context, "dim": dim, "layers": layers, "heads": heads}
    return Task(
        GPT(GPTConfig(vocab=vocab, **sizes)),
        *(Chunks(part, context) for part in ids),
        loss=lambda model, rows: model.loss(rows[:, :-1], rows[:, 1:], reduction="sum"),
        count=lambda rows: int(widths[rows[:, 1:]].sum()),
    )


# %% [markdown]
r"""
The tokenizer sees the training part only. Two tests of our own work: nothing is lost on the way to tokens and back, and the bytes of the tokens are those of the text.
"""

# %%
TOKENIZER, WIDTHS, made = encoded(2048, TRAINING, VALIDATION, TEST)
TRAINING_IDS, VALIDATION_IDS, TEST_IDS = made
print("decodes:", TOKENIZER.decode(TEST_IDS.tolist()) == TEST)
print("bytes:", int(WIDTHS[TEST_IDS].sum()) == len(TEST.encode()))
print(
    f"{len(TRAINING_IDS):,} tokens, {sum(p.numel() for p in task().model.parameters()):,} weights"
)

# %% [markdown]
r"""
## A baseline in twenty lines

Count what followed each token, and each pair of tokens. Where $n$ tokens followed a pair, $k$ different ones among them, predict

$$p(\text{token} \mid \text{pair}) = \frac{\text{count} + k \, p(\text{token} \mid \text{last token})}{n + k}$$

This is Witten and Bell's rule: where much was new, much may be new again.
"""

# %%
from collections import Counter, defaultdict


class Counts:
    """What followed each run of up to `order` tokens, and how often."""

    def __init__(self, ids, vocab, order=2):
        self.vocab, self.order, self.after = vocab, order, defaultdict(Counter)
        for at in range(len(ids)):
            self.add(ids, at)

    def add(self, ids, at):
        for length in range(min(self.order, at) + 1):
            self.after[tuple(ids[at - length : at])][ids[at]] += 1

    def probability(self, ids, at):
        p = 1 / self.vocab
        for length in range(min(self.order, at) + 1):
            if seen := self.after.get(tuple(ids[at - length : at])):
                p = (seen[ids[at]] + len(seen) * p) / (seen.total() + len(seen))
        return p

    def read(self, ids, learn=False):
        """Return the probability of each token but the first; with `learn`, count it afterwards."""
        found, ids = [], ids.tolist()
        for at in range(1, len(ids)):
            found.append(self.probability(ids, at))
            if learn:
                self.add(ids, at)
        return torch.tensor(found, dtype=torch.float64)


# %% [markdown]
r"""
A baseline is worth nothing if its probabilities do not sum to 1. So sum them, after two tokens that came before:
"""


# %%
def bits(probabilities, ids):
    """Return bits a byte of the tokens that have these probabilities: all but the first."""
    return float(-probabilities.log2().sum() / WIDTHS[ids[1:]].sum())


counts = Counts(TRAINING_IDS.tolist(), vocab=2048)
context = VALIDATION_IDS[:2].tolist()
print(f"sum {sum(counts.probability([*context, token], 2) for token in range(2048)):.6f}")
RESULTS = {"lzma": lzma_bits(TRAINING, VALIDATION)}
RESULTS["counts"] = bits(counts.read(VALIDATION_IDS), VALIDATION_IDS)
print(f"lzma {RESULTS['lzma']:.1f}, counts {RESULTS['counts']:.1f}")

# %% [markdown]
r"""
A table that is made in a second needs 1.9 bits a byte.

## Choose by short runs

[Vocabulary](../tokenizers/index.md#vocabulary-size), learning rate and [schedule](../optimizers/schedules.md#in-one-picture), each tried for 300 steps with the rest as it is. What is trained differs a little between CPUs, so we print few digits.
"""

# %% short="VOCABS, TRIAL, STEPS, SAVE, KILL, LOG = (2048,), 2, 80, 41, 44, 2"
VOCABS, TRIAL, STEPS, SAVE, KILL, LOG = (256, 512, 2048, 4096), 300, 1000, 400, 500, 20

# %%
import contextlib
import io
import math
import tempfile

from reference_impl.train import TrainConfig, train

SETTINGS = {"batch_size": 8, "learning_rate": 2e-3, "final_learning_rate": 0.1, "progress": False}


def trial(vocab=2048, **changes):
    """Train for a short while; return the validation loss in nats a token and bits a byte."""
    settings = {**SETTINGS, "max_steps": TRIAL, "warmup_steps": TRIAL // 20, **changes}
    torch.manual_seed(0)
    made = task(vocab)
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        loss = train(TrainConfig(folder=folder, **settings), lambda: made).eval_loss
    return loss * len(VALIDATION.encode()) / len(made.eval_data.text), loss / math.log(2)


tried = {vocab: trial(vocab) for vocab in VOCABS}
for vocab, (per_token, per_byte) in tried.items():
    print(f"{vocab:4} tokens: {per_token:.0f} nats a token, {per_byte:.1f} bits a byte")
for changes in ({"learning_rate": 5e-4}, {"learning_rate": 1e-2}, {"final_learning_rate": 1.0}):
    difference = trial(**changes)[1] - tried[2048][1]
    print(changes, "as good" if abs(difference) < 0.05 else "worse" if difference > 0 else "better")

# %% [markdown]
r"""
By nats a token, single bytes are the best vocabulary by far. Per byte of text they are the worst. 2,048 tokens are as good as twice as many, and cost less in the output layer. Both other rates are worse than 0.002.

About the schedule the trial does not decide: a constant rate does as well. We take the cosine down to a tenth from [GPT-3's recipe](../gpt/gpt3.md#recipe), and do not call that a choice.

## Train, kill, go on

First a run that nothing disturbs, in this process:
"""

# %%
import json
from pathlib import Path

SETTINGS |= {"max_steps": STEPS, "warmup_steps": STEPS // 20, "eval_every": STEPS // 10}
SETTINGS |= {"log_every": LOG, "checkpoint_every": SAVE}


def course(folder, name):
    """Return the steps at which a loss was written down, and its bits a byte."""
    rows = map(json.loads, Path(folder, "metrics.jsonl").read_text().splitlines())
    found = [(row["step"], row[name] / math.log(2)) for row in rows if name in row]
    return tuple(zip(*found, strict=True))


with contextlib.redirect_stdout(io.StringIO()):
    train(TrainConfig(folder="unbroken", **SETTINGS), task)
for name in ("loss", "eval_loss"):
    print(f"{name} {course('unbroken', name)[1][-1]:.1f}")

# %% [markdown]
r"""
A thousand steps of 512 tokens: each token was read about six times. The training loss is well below the other, so the model begins to memorise.

A process that is to be killed has to be one. It needs the task as a file, made of the functions above:
"""

# %%
import inspect

IMPORTS = """
import torch
from pydoc_data.topics import topics
from reference_impl.gpt import GPT, GPTConfig
from reference_impl.tokenizers import train_bpe
from reference_impl.train import Task
from reference_impl.train.characters import Chunks
"""
functions = [inspect.getsource(function) for function in (split, encoded, task)]
PROGRAM = "\n\n".join([IMPORTS, *functions])

# %% [markdown]
r"""
SIGKILL comes as soon as the metrics file speaks of step 500. Then the same command again:
"""

# %%
import subprocess
import sys
import time

Path("help_texts.py").write_text(PROGRAM)
FLAGS = [f"--{name}={value}" for name, value in SETTINGS.items()]
COMMAND = [sys.executable, "-m", "reference_impl.train", "--task=help_texts:task", *FLAGS]
COMMAND += ["--folder=killed"]

run = subprocess.Popen(COMMAND, stdout=subprocess.DEVNULL)
metrics = Path("killed/metrics.jsonl")
while not (metrics.exists() and f'"step": {KILL},' in metrics.read_text()):
    if run.poll() is not None:
        raise RuntimeError(f"it ended by itself, with exit code {run.returncode}")
    time.sleep(0.01)
run.kill()  # SIGKILL: the process is not asked
print("exit code", run.wait())
lost = metrics.read_text()

again = subprocess.run(COMMAND, stdout=subprocess.PIPE, text=True, check=True)
print(again.stdout.splitlines()[0])

# %% [markdown]
r"""
The newest checkpoint was of step 400, so a hundred steps were lost and done again. Compare with the run that was not disturbed:
"""

# %%
for name in ("weights.safetensors", "metrics.jsonl"):
    print(name, Path("unbroken", name).read_bytes() == Path("killed", name).read_bytes())
print("lost rows", metrics.read_text().startswith(lost))

# %% [markdown]
r"""
Equal, byte for byte: the weights, and each loss on the way. Even the rows that the killed process wrote after its checkpoint came again as they were. The three state dicts of [the log's line](../class_logs.md#log-l3) are [not enough](../saving/index.md#what-a-checkpoint-needs) for that. It also takes the random states, the length of the metrics file, and [the place in the middle of an epoch](../data/resuming.md#stopping).

## Is it any good?

Read the validation text with the resumed weights, in windows of 64 tokens that overlap by half. Then each token but the first 32 has at least 32 before it. Without overlap, the first of each window has one:
"""

# %%
from safetensors.torch import load_file

from reference_impl.data import window_spans

model = task().model.eval()
model.load_state_dict(load_file("killed/weights.safetensors"))


@torch.inference_mode()
def read(ids, overlap=32):
    """Return the GPT's probability of each token but the first."""
    found, done = [], 0
    for begin, end in window_spans(len(ids) - 1, 64, overlap):
        p = model(ids[None, begin:end])[0].softmax(-1)
        found.append(p.gather(1, ids[begin + 1 : end + 1, None])[done - begin :, 0])
        done = end
    return torch.cat(found).double()


for overlap in (0, 32):
    print(f"overlap {overlap:2}: {bits(read(VALIDATION_IDS, overlap), VALIDATION_IDS):.1f}")

# %% [markdown]
r"""
1.9 bits a byte: half a million weights are no better than the table of pairs, and `lzma` needs 1.7. And more context gains nothing, so the model looks back a few tokens only.

What does `lzma` have? It goes on learning: what it has just read, it finds again. Give the table the same right, and let it count each token of the validation text *after* having predicted it:
"""

# %%
learning = counts.read(VALIDATION_IDS, learn=True)
RESULTS["counts that learn"] = bits(learning, VALIDATION_IDS)
print(f"{RESULTS['counts']:.2f} becomes {RESULTS['counts that learn']:.2f}")

# %% [markdown]
r"""
Now the table is ahead of `lzma`.

## Together

Is the GPT of any use beside this? Mix the two, with a weight $w$ chosen on the validation text:

$$p = w \, p_\text{GPT} + (1 - w) \, p_\text{counts}$$
"""

# %%
own = read(VALIDATION_IDS)
mixed = {w: bits(w * own + (1 - w) * learning, VALIDATION_IDS) for w in (0.1, 0.3, 0.5)}
WEIGHT = min(mixed, key=mixed.get)
RESULTS["GPT and counts"] = mixed[WEIGHT]
saved = 1 - mixed[WEIGHT] / RESULTS["counts that learn"]
print(f"weight {WEIGHT}: {saved:.0%} fewer bits than the counts that learn")

# %% [markdown]
r"""
It is: the two err in different places. Grave et al. mix a neural model with a memory of the last words, so that it adapts to what it reads.

## Sample

[Divide the logits by a temperature](../attention/decoding.md#temperature) and draw 64 continuations of a prompt. Two things can go wrong: words that do not exist, and the same words again and again. Count both. A run is three words here:
"""

# %%
import re

from reference_impl.attention import sample, temperature
from reference_impl.gpt import generate

KNOWN = set(re.findall("[A-Za-z]+", TRAINING))
PROMPT = torch.tensor(TOKENIZER.encode("The import statement").ids).repeat(64, 1)

for value in (0.3, 0.7, 1.0, 1.5):
    draws = torch.Generator().manual_seed(0)
    continued = generate(
        model, PROMPT, 50, choose=lambda logits: sample(temperature(logits, value), draws)
    )
    texts = [TOKENIZER.decode(row[PROMPT.shape[1] :].tolist()) for row in continued]
    words = [word for text in texts for word in re.findall("[A-Za-z]+", text)]
    parts = [text.split() for text in texts]
    runs = [run for part in parts for run in zip(part, part[1:], part[2:], strict=False)]
    known = sum(word in KNOWN for word in words) / len(words)
    print(f"{value}: {known:.1f} known words, most runs new: {len(set(runs)) > len(runs) / 2}")

# %% [markdown]
r"""
0.7 is a fair choice: nine words of ten are known, and the text does not go in circles. The beginnings of two texts, drawn at 0.7 and at 0.3 on the machine that made this page:

> The import statement is used to a future statement, and "continue" or "co_stmt" statement

> The import statement the "finally" statement. The the "except" statement is a "finally" statement is a "finally" statement.

## The picture
"""

# %% alt="Bits a byte over 1,000 steps. The training loss falls from 3 to 1.6 and the validation loss from 2.5 to 1.9, flat at the end. Dashed lines: counts at 1.9, where the validation loss ends; lzma at 1.7; counts that learn at 1.55; GPT and counts together lowest, at 1.47. A band from step 400 to 500 marks the steps that were lost and done again." caption="The run that was killed. Band: steps that were lost with the process, and done again. Dashed: what others need for the same validation text."
import matplotlib.pyplot as plt

figure, axis = plt.subplots(figsize=(4.5, 3.8))
axis.plot(*course("killed", "loss"), label="GPT, training")
axis.plot(*course("killed", "eval_loss"), marker="o", markersize=4, label="GPT, validation")
for name, value in RESULTS.items():
    axis.axhline(value, color="C2", linestyle="--", linewidth=1)
    axis.text(0, value, name, fontsize=9, va="top" if name == "GPT and counts" else "bottom")
axis.axvspan(SAVE, KILL, color="C3", alpha=0.2, linewidth=0)
axis.text(KILL, 2.6, f" killed at {KILL},\n went on from {SAVE}", fontsize=9)
axis.set(xlabel="step", ylabel="bits a byte", ylim=(1.3, 3.2))
axis.legend(loc="upper right")
plt.show()

# %% [markdown]
r"""
And the number, on the text that no choice has seen:
"""

# %%
table = Counts(TRAINING_IDS.tolist(), vocab=2048)  # that has not read the validation text
both = WEIGHT * read(TEST_IDS) + (1 - WEIGHT) * table.read(TEST_IDS, learn=True)
print(f"{bits(both, TEST_IDS):.1f} bits a byte, where lzma needs {lzma_bits(TRAINING, TEST):.1f}")

# %% [markdown]
r"""
## What breaks

**Other settings.** A run that goes on with another learning rate is one that nobody can repeat. [The program refuses](../saving/training_program.md#what-breaks):
"""

# %%
from reference_impl.train import RunError

other = {**SETTINGS, "learning_rate": 1e-3}
try:
    train(TrainConfig(folder="unbroken", **other), task)
except RunError as error:
    print(error)

# %% [markdown]
r"""
**A tokenizer that has seen the test.** Here nothing fails. Make the tokenizer from all three texts, and leave the rest as it is:
"""

# %%
seeing = train_bpe([TRAINING, VALIDATION, TEST], 2048).tokenizer()
one, two = (torch.tensor(seeing.encode(text).ids) for text in (TRAINING, VALIDATION))
gained = -Counts(one.tolist(), 2048).read(two).log2().sum() / len(VALIDATION.encode())
print(f"counts {RESULTS['counts']:.2f}, with merges of the held-out text {gained:.2f}")

# %% [markdown]
r"""
The model is the same table of pairs. But its tokens are words of the held-out text, and that is information about it.

## Takeaways

> - Look for copies before you split, and measure what is left. From text that repeats itself, a tenth drawn at random tests memory.
> - Compare in bits a byte. A loss per token is a number about the tokenizer too.
> - Make the baseline first. A table of counts made in a second was as good as half a million weights.
> - A resumed run ends as the unbroken one, bit for bit. If it does not, something is missing in the checkpoint.
> - Choose on one text and report on another, once.

## Exercises

**1.** How far back does the GPT look? Predict the same tokens, every twelfth one, from the 1, 4 and 64 tokens before them.
"""

# %% tags=["answer"]
for length in (1, 4, 64):
    windows = VALIDATION_IDS[64 - length :].unfold(0, length + 1, 12)  # the same last tokens
    with torch.inference_mode():
        log_p = model(windows[:, :-1])[:, -1].log_softmax(-1)
    nats = -log_p.gather(1, windows[:, -1:]).sum()
    print(f"{length}: {float(nats / WIDTHS[windows[:, -1]].sum()) / math.log(2):.1f}")

# %% [markdown] tags=["answer"]
r"""
The next three tokens help, the sixty before them do not. After six passes over 88,000 tokens the model has learned what tends to follow what, and not how to find a name again further back.
"""

# %% [markdown]
r"""
**2.** The table counts tokens. What does it reach on bytes, and with how many of them as context?
"""

# %% tags=["answer"]
known, unseen = (torch.tensor(list(text.encode())) for text in (TRAINING, VALIDATION))
for order in (2, 3, 4, 5):
    p = Counts(known.tolist(), 256, order).read(unseen)
    print(f"{order} bytes: {float(-p.log2().sum() / len(unseen)):.2f}")

# %% [markdown] tags=["answer"]
r"""
Four are best, and then it is as good as pairs of tokens. Longer contexts have been seen too seldom.
"""

# %% [markdown]
r"""
**3.** Give the GPT the right that the table has: after each window, a step of AdamW on what it has just predicted.
"""

# %% tags=["answer"]
stepper = torch.optim.AdamW(model.parameters(), lr=3e-4, weight_decay=0.0)
nats = 0.0
for begin, end in window_spans(len(VALIDATION_IDS) - 1, 64, 0):
    rows = VALIDATION_IDS[None, begin : end + 1]
    loss = model.loss(rows[:, :-1], rows[:, 1:], reduction="sum")
    nats += loss.item()  # before the step
    stepper.zero_grad()
    (loss / (end - begin)).backward()
    stepper.step()
print(f"{nats / math.log(2) / float(WIDTHS[VALIDATION_IDS[1:]].sum()):.1f}")

# %% [markdown] tags=["answer"]
r"""
It gains, and less than the table. One step moves all weights a little; one count is a fact at once. Krause et al. call this *dynamic evaluation*.
"""

# %% [markdown]
r"""
## Sources

- Lee et al., 2021, [*Deduplicating training data makes language models better*](https://arxiv.org/abs/2107.06499): copies in data sets, also between training and validation.
- Chen and Goodman, 1996, [*An empirical study of smoothing techniques for language modeling*](https://arxiv.org/abs/cmp-lg/9606011): Witten and Bell's rule, and better ones.
- Gao et al., 2020, [*The Pile*](https://arxiv.org/abs/2101.00027): language models compared in bits a byte.
- Delétang et al., 2023, [*Language modeling is compression*](https://arxiv.org/abs/2309.10668): models and compressors in one unit, and why.
- Grave et al., 2016, [*Improving neural language models with a continuous cache*](https://arxiv.org/abs/1612.04426). Krause et al., 2017, [*Dynamic evaluation of neural sequence models*](https://arxiv.org/abs/1709.07432).
- Python documentation: [`lzma`](https://docs.python.org/3/library/lzma.html), [`pydoc`](https://docs.python.org/3/library/pydoc.html).
"""
