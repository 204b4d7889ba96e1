# %% [markdown]
r"""
# Fit a scaling law and plan a run

You will be able to plan the one large run you can afford: from small runs of your own, with a forecast that is written down before the large run starts.
You need [C, N and D](../scaling_laws/index.md), [how a law is fitted](../scaling_laws/fits.md) and, for the price, [the planner of layouts](../distributed/costs.md#plan). Read for 25 minutes, run for three.

The budget is $6 \cdot 10^{11}$ operations, once. A small run to plan it with may take a fifth of that at most. The goal is a number: the loss of the large run, predicted.

The models are small [GPTs](../gpt/index.md). Their text comes from a [language](../scaling_laws/fits.md#floor) that the chapter has not fitted: 64 tokens, with rules about the last one and the last two. Its entropy is known, and we will not tell the fit. First the settings, what may be called the size of a model, and how many tokens a budget pays for:
"""

# %% short="BUDGET, COMPUTES, FEWEST = 2e10, [1e9, 2e9, 4e9], 5_000"
import torch

from reference_impl.gpt import count_parameters
from reference_impl.scaling_laws import Language, matrix_parameters, small_gpt, training_flops

torch.set_num_threads(1)  # the models are too small to share out

BUDGET = 6e11
COMPUTES = [BUDGET / 5 / 2**halved for halved in (3, 2, 1, 0)]
FEWEST, MOST = 60_000, 300  # tokens of a run, and tokens for each of its size
WIDTHS = (8, 16, 24, 32, 48, 64)
ROWS = 8  # of 32 tokens, in a batch
LANGUAGE = Language(vocab=64, weights=(0.2, 0.4, 0.4))


def sizes(width):
    """Return what may be called the size of a model."""
    config = small_gpt(LANGUAGE, width).config
    return {
        "blocks": matrix_parameters(config),
        "all weights": count_parameters(config)["total"],
        "operations / 6": training_flops(config, config.context) / 6,
    }


def tokens_for(compute, width):
    """Return the tokens, in whole batches, that this model can be trained on."""
    return int(compute / 6 / sizes(width)["operations / 6"]) // (32 * ROWS) * (32 * ROWS)


# %% [markdown]
r"""
Three numbers may be meant by size. Only the last says what a run costs:
"""

# %%
for width in WIDTHS:
    found = sizes(width)
    share = found["blocks"] / found["operations / 6"]
    print(width, *(f"{name} {value:.0f}," for name, value in found.items()), f"{share:.0%}")

# %% [markdown]
r"""
$6ND$ with the weights of the blocks counts half of what the narrowest model does, and nine tenths of the widest. The [rest is head and attention](../scaling_laws/index.md#forgotten-terms). A plan that splits operations has to count them all, so our $N$ will be the last number: the operations for a token, divided by 6. Then $C = 6ND$ holds exactly.

A batch has 8 rows, far below the [critical batch](../scaling_laws/hyper_parameters.md#batch) of the chapter's language. More rows would save steps, and the budget does not count steps.

## The grid

A law describes models that are trained well. [µP](../scaling_laws/hyper_parameters.md#mup) is made to carry one learning rate to all widths; two of them are checked below. Each run has a [schedule](../optimizers/schedules.md) of its own, which ends where its tokens end. The loss is that of held-out rows, and [against the true distribution](../scaling_laws/fits.md#floor), so no luck of drawn targets is in it. The luck of the run is: each has one seed, for its weights and its text.

Each width gets as many tokens as each of four budgets can pay. Left out are runs with fewer than 60,000 tokens, or with more than 300 times as many tokens as their size: no plan will go there.
"""

# %%
import numpy as np

from reference_impl.scaling_laws import excess_loss, train_run

RATE = 0.008


def train(width, compute, rate=RATE, text=LANGUAGE, seed=0):
    model = small_gpt(LANGUAGE, width, seed=seed)
    train_run(model, text, tokens_for(compute, width), rate=rate, rows=ROWS, seed=seed)
    return model


def held_out(model):
    """Return the loss on text that no run has seen, in nats a token."""
    return LANGUAGE.entropy_rate + excess_loss(model, LANGUAGE)


runs = []
for compute in COMPUTES:
    for width in WIDTHS:
        given = tokens_for(compute, width)
        if FEWEST < given < MOST * sizes(width)["operations / 6"]:
            runs.append((compute, width, given, held_out(train(width, compute))))
    print(f"{compute:.1e}:", *(f"{w}: {x:.3f} " for c, w, _, x in runs if c == compute))
computes, widths, tokens, losses = np.array(runs).T
print(f"{len(runs)} runs, together {computes.sum() / BUDGET:.1f} times the budget")

# %% [markdown]
r"""
Each row is a budget, with the loss of each width, and each row is a valley. Its bottom sinks, and moves to the right: at the least budget width 16 is best, then 24, and 32 comes within 0.004 of it. Together the runs cost more than the one that they are for; a real plan has such a grid and a far larger run.

Was the rate right, and how much is luck? Half of the rate, twice the rate, and another seed, for two widths at the third budget:
"""

# %%
CHANGES = {"half the rate": {"rate": RATE / 2}, "twice": {"rate": RATE * 2}, "seed 1": {"seed": 1}}
for width in (24, 48):
    before = losses[(widths == width) & (computes == COMPUTES[-2])].item()
    for name, change in CHANGES.items():
        other = held_out(train(width, COMPUTES[-2], **change))
        print(width, name, f"{other - before:+.3f}")

# %% [markdown]
r"""
The other rates are all worse, by up to 0.07 nats. Keep this number: the large run will gain 0.10 on the best small one. A rate off by a factor of two can move a loss nearly as far. And another seed alone moves it by 0.012, so no forecast of a single run should be trusted to less than that. The check is of one budget: the length of training [moves the best rate](../scaling_laws/hyper_parameters.md#mup), too, and the large run has ten times this compute.

## Bottoms

In what proportion should model and data grow? The [log's line](../class_logs.md#log-c3) says 5 to 8, whatever the models and the text. Here it is measured: as the power of compute with which the best size grows. [A parabola through each valley](../scaling_laws/fits.md#isoflop) finds its bottom, and the slope of a line through the bottoms, on logarithmic axes, is that power. The [parametric law](../scaling_laws/fits.md#parametric) says it too. Its interval is the middle 90 % of a [bootstrap](../scaling_laws/fits.md#power-laws): of fits to runs drawn with replacement. A line for each meaning of size, with the bottoms first, then the law:
"""

# %%
from reference_impl.scaling_laws import (
    bootstrap,
    fit_parametric,
    fit_power_law,
    isoflop_minimum,
)


def growth(size):
    """Return the exponent of the bottoms, and that of the law with its interval."""
    bottoms = [isoflop_minimum(size[computes == c], losses[computes == c]) for c in COMPUTES]
    law = fit_parametric(size, tokens, losses)

    def exponent(rows):
        again = fit_parametric(size[rows], tokens[rows], losses[rows], start=law)
        return [again.size_exponent]

    ends = bootstrap(exponent, len(size))[0]
    line = fit_power_law(COMPUTES, [size for size, _ in bottoms])
    return line.exponent, law.size_exponent, *ends


for name in sizes(WIDTHS[0]):
    size = np.array([sizes(int(width))[name] for width in widths])
    print(f"{name:15} {'{:.2f}, {:.2f} ({:.2f} to {:.2f})'.format(*growth(size))}")

# %% [markdown]
r"""
The same eighteen losses, and a power from 0.41 to 0.47 by the law, or from 0.35 to 0.41 by the bottoms. The intervals overlap; but these are the same runs three times, so the shift comes from counting alone. With the head and the attention left out, a small model looks smaller than what it costs, and the best size seems to grow faster. It is [one of the reasons](../scaling_laws/compute_optimal.md#why-they-differ) why two famous papers disagree. From here on size is the last of the three, left over from the loop.

## Which runs belong?

Some look unfit. The run of width 8 lies above the *plateau*, 2.165: the entropy for one who knows [one token](../scaling_laws/fits.md#stairs). It has hardly begun with the rule about two. Two wide models with little text are just below. What the large run says must not decide which of them to leave out. So hold back the last budget, fit what each choice keeps of the others, and see how far it is off:
"""

# %% short="CHOICES = {'all': computes > 0, 'wide': widths > 8}"
PLATEAU = LANGUAGE.entropies()[1]  # what remains for one who knows the rule about one token
CHOICES = {
    "all": computes > 0,
    "past the plateau": losses < PLATEAU,
    "well past it": losses < PLATEAU - 0.05,
    "without the least budget": computes > COMPUTES[0],
}
print(f"the plateau: {PLATEAU:.3f}")

# %%
earlier, last = computes < COMPUTES[-1], computes == COMPUTES[-1]
for name, kept in CHOICES.items():
    rows = kept & earlier
    law = fit_parametric(size[rows], tokens[rows], losses[rows])
    predicted = [law(n, d) for n, d in zip(size[last], tokens[last], strict=True)]
    off = np.array(predicted) - losses[last]
    print(f"{name}: {rows.sum()} runs, off by {np.abs(off).mean():.3f}, floor {law.floor:.2f}")

# %% [markdown]
r"""
Two choices are equally good: all runs, and only those well past the plateau. All have more points, and stay. To leave out the one run on the plateau looked reasonable, and misses by more than twice as much. To leave out the least budget is worst: a slope needs points that lie far apart. Five losses are a weak judge, when another seed moves each by as much as these choices differ. They can warn of a bad choice, and name no winner. The chapter [left its stairs out](../scaling_laws/fits.md#stairs), and what is right for one grid need not be for another.

## The plan

Fit all eighteen, ask for the best size, and take the intervals from a bootstrap as before. The best size is between widths, so the nearest width gets the budget. Then the forecast goes into a file, before anyone can know better.
"""

# %%
import json
import math
from pathlib import Path

from reference_impl.scaling_laws import plan

LAW = fit_parametric(size, tokens, losses)
best = plan(LAW, compute=BUDGET)
WIDTH = min(
    range(8, 129, 8), key=lambda width: abs(math.log(sizes(width)["operations / 6"] / best.size))
)
N, D = sizes(WIDTH)["operations / 6"], tokens_for(BUDGET, WIDTH)


def numbers(rows):
    again = fit_parametric(size[rows], tokens[rows], losses[rows], start=LAW)
    return again.floor, again.optimum(BUDGET)[0], again(N, D)


floors, best_sizes, forecast = bootstrap(numbers, len(size))
print(f"floor     {LAW.floor:.2f} ({floors[0]:.2f} to {floors[1]:.2f})")
thousand = best.size / 1e3, *(end / 1e3 for end in best_sizes)
print("best size {:.0f} thousand ({:.0f} to {:.0f})".format(*thousand))
bottoms = [isoflop_minimum(size[computes == c], losses[computes == c])[0] for c in COMPUTES]
print(f"  the bottoms say {fit_power_law(COMPUTES, bottoms)(BUDGET) / 1e3:.0f} thousand")
for end in best_sizes:
    print(f"  {end / 1e3:.0f} thousand would waste {plan(LAW, BUDGET, size=end).waste:.1%}")
written = {"width": WIDTH, "tokens": D, "loss": round(LAW(N, D), 3)}
Path("forecast.json").write_text(json.dumps({**written, "interval": forecast}))
print(written, "{:.3f} to {:.3f}".format(*forecast))

# %% [markdown]
r"""
The best size is known to a factor of 1.5, which is enough: [the valley is flat](../scaling_laws/compute_optimal.md#planner), and an end of the interval would waste 6.1 % at most. What the bottoms say is inside. Now spend the budget:
"""

# %%
measured = held_out(train(WIDTH, BUDGET))
predicted = json.loads(Path("forecast.json").read_text())
low, high = predicted["interval"]
print(f"measured {measured:.3f}, predicted {predicted['loss']:.3f}")
print(f"inside its interval: {low < measured < high}")
print(f"the best small run has {losses.min():.3f}")

# %% [markdown]
r"""
Inside the interval, near its end, and too hopeful by 0.017, a little more than another seed moved a run above. The large run gains 0.10 on the best small one; the forecast missed a sixth of that, with five times the compute of any run it had seen. One run inside is no proof: the interval is that of the curve, and a run scatters around its curve, by its seed and its rate.

Then look at the floor. The law says 1.49, or between 1.39 and 1.58. We know the truth, and it is not in there. So tell the fit:
"""

# %%
floor = LANGUAGE.entropy_rate
told = fit_parametric(size, tokens, losses, floor=floor)


def with_floor(rows):
    again = fit_parametric(size[rows], tokens[rows], losses[rows], floor=floor, start=told)
    return [again(N, D)]


low, high = bootstrap(with_floor, len(size))[0]
print(f"the true floor is {floor:.3f}")
print(f"told so, the law predicts {told(N, D):.3f} ({low:.3f} to {high:.3f})")

# %% [markdown]
r"""
The truth makes the forecast worse, off by 0.028, with a narrow interval that is wrong. Towards the true floor the fitted form falls more slowly than the losses do, and a floor that is too low makes up for it. So the five numbers are no properties of the language. They are a curve, good near its points, and [the floor is the worst of them](../scaling_laws/fits.md#parametric). No bootstrap shows this: it draws runs again, not forms.

The forecast was good although its floor is wrong. That held five times beyond the grid; it need not hold further out.

## The picture

The runs, the law, the forecast, and the run that it was for:
"""

# %% alt="Held-out loss over size for five budgets, the axis of sizes logarithmic. Four valleys of points with fitted curves, from 1.5e10 operations at the top to 1.2e11, bottoms sinking from 2.07 to 1.80 and moving right. A dashed fifth curve for 6e11 lies below, with no points but a square with a bar at 1.69, and a star at its upper part, at 1.70. A dotted line runs from bottom to bottom." caption="Dots: small runs. Diamonds: bottoms of parabolas. Curves and dotted line: the law fitted to the dots. Square: the forecast with the middle 90 % of the bootstrap. Star: the run."
import matplotlib.pyplot as plt

figure, axis = plt.subplots(figsize=(4.5, 4.2))
ink = plt.rcParams["text.color"]
for number, compute in enumerate([*COMPUTES, BUDGET]):
    color, here = f"C{number}", computes == compute
    valley = np.array([(n, LAW(n, compute / 6 / n)) for n in np.geomspace(3e3, 1.5e5, 200)])
    valley = valley[valley[:, 1] < losses.max() + 0.01]
    axis.plot(*valley.T, color=color, alpha=0.7, linestyle="-" if here.any() else "--")
    axis.plot(size[here], losses[here], "o", color=color, markersize=5)
    place = {"xytext": (-6, 5), "textcoords": "offset points"}
    axis.annotate(f"{compute:.1e}", valley[-1], **place, color=color)
    if here.any():
        bottom = isoflop_minimum(size[here], losses[here])
        axis.plot(*bottom, "D", color=color, mfc="none", markersize=7)
path = [(LAW.optimum(c)[0], plan(LAW, compute=c).loss) for c in np.geomspace(COMPUTES[0], BUDGET)]
axis.plot(*np.array(path).T, ":", color=ink)
ends = np.array([[predicted["loss"] - forecast[0]], [forecast[1] - predicted["loss"]]])
axis.errorbar(N, predicted["loss"], ends, fmt="s", color="C4", markersize=5, capsize=8)
axis.plot(N, measured, "*", color=ink, markersize=7, zorder=3)
axis.set(xscale="log", xlabel="size: operations a token / 6, in thousands")
axis.set(xlim=(2.5e3, 3e5), ylabel="held-out loss, nats a token")
axis.minorticks_off()
axis.set_xticks([3e3, 1e4, 3e4, 1e5], ["3", "10", "30", "100"])
plt.show()

# %% [markdown]
r"""
Look at the bottoms: at width 24, 18 thousand on the axis, the three lower valleys are deeper than their curves. The number:
"""

# %%
error = abs(predicted["loss"] - measured) / (losses.min() - measured)
print(f"predicted {predicted['loss']:.2f}, measured {measured:.2f}: {error:.0%} of the gain missed")

# %% [markdown]
r"""
## A real budget

For a model that is worth its price, others have trained the grid and published the law. Two are [those of the chapter](../scaling_laws/compute_optimal.md#twenty), by two groups from one set of runs. The third, by Muennighoff et al., is for the text C4. Let each plan $10^{22}$ operations. The last three numbers of a line are what its plan wastes, if the first, the second or the third law is right:
"""

# %%
from reference_impl.scaling_laws import HOFFMANN, REFITTED, ParametricLoss

REAL = 1e22
C4 = ParametricLoss(
    floor=math.exp(0.6254804),
    a=math.exp(6.255414),
    alpha=0.3526596,
    b=math.exp(7.3049974),
    beta=0.3526596,
)
PUBLISHED = {"Hoffmann": HOFFMANN, "refitted": REFITTED, "C4": C4}
for name, law in PUBLISHED.items():
    it = plan(law, compute=REAL)
    wasted = [plan(other, compute=REAL, size=it.size).waste for other in PUBLISHED.values()]
    print(f"{name:8} {it.size / 1e9:.1f} billion weights,", end=" ")
    print(f"{it.tokens / 1e9:.0f} billion tokens, waste", *(f"{part:.0%}" for part in wasted))

# %% [markdown]
r"""
The refit asks for a model three quarters larger than Hoffmann's own constants do. Who follows the wrong one loses a tenth of the compute: the valley is flat here, too.

Now the price. The [share of the peak](../scaling_laws/index.md#days) that is used could be assumed. The [planner of layouts](../distributed/costs.md#plan) computes it from two constants: products reach 0.6 of the peak and links 0.63 of their bandwidth. They were [fitted to runs on A100s](../distributed/costs.md#published), and are assumed for H100s. A ring has [one link of a node or eight](../distributed/costs.md#time). A layout says how many ways data, tensors and pipeline are split (d, t, p), its stage of ZeRO, and the rows of a micro-batch:
"""

# %%
from reference_impl.distributed import Machine, plan_layouts
from reference_impl.scaling_laws import shape_for

best = plan(C4, compute=REAL)
config = shape_for(best.size, vocab=51_200, context=2048, head_dim=128, aspect=90)
work = training_flops(config, 2048, best.tokens)
print(f"{config.layers} layers, {config.dim} wide: {work / REAL:.2f} of 6ND")
for gpus in (64, 512):
    for links in (1, 8):
        machine = Machine.h100(gpus, efficiency=0.6, share=0.63, links=links)
        fastest = plan_layouts(config, machine, batch=1024, length=2048)[0]
        hours = work / fastest.rate / 3600
        print(f"{gpus} GPUs, {links} links: {fastest.rate / machine.peak:.0%},", end=" ")
        print(f"{hours:.0f} GPU hours, {hours / gpus:.0f} hours; {fastest.layout}")

# %% [markdown]
r"""
One plan, and 5,200 to 7,000 GPU hours. The blocks alone have the planned size here; attention and head come on top, so it is 1.11 times $6ND$. With eight links all sending hides behind computing, and what is left is the assumed 0.6. One link adds 14 % with 64 GPUs and 35 % with 512, more than the wrong law would. The planner [leaves out](../distributed/costs.md#plan) latency, reading data and failures, so take these hours as the least.

## What moves the plan

**Use.** A token served costs about $2N$ operations. Keep the loss of the plan, and find the size that is cheapest for training and use together, as Sardana et al. do:
"""

# %%
SIZES = np.geomspace(1e9, 1e11, 800)


def cheapest(loss, served):
    """Return the size and the tokens that reach a loss and serve so many tokens for least."""
    missing = loss - C4.floor - C4.a / SIZES**C4.alpha
    n = SIZES[missing > 0]
    d = (C4.b / missing[missing > 0]) ** (1 / C4.beta)
    at = np.argmin(6 * n * d + 2 * n * served)
    return n[at], d[at]


for served in (1e11, 1e12, 1e13):
    n, d = cheapest(best.loss, served)
    saved = 1 - (6 * n * d + 2 * n * served) / (REAL + 2 * best.size * served)
    print(f"{served:.0e} served: {n / 1e9:.1f} billion weights,", end=" ")
    print(f"training x{6 * n * d / REAL:.2f}, in all {saved:.0%} saved")

# %% [markdown]
r"""
The middle line serves 5.5 times the plan's training tokens. Then half the size is best: its training costs 1.24 times as much, and both together are 23 % cheaper. That moves the plan a little further than the choice of the law does. The first line moves it less.

The last line is far from what was fitted, with more than 500 tokens for each weight. Sardana et al. trained models with up to 10,000, and found that a law fitted at usual ratios promises too much of them.

**Text.** All of this is for fresh tokens. Muennighoff et al. let repeated ones fade: each reading counts for less than the one before. Weights fade too, beyond the size for which the fresh text would be the best amount. Their repository prints two losses by which to check that we have their law. Then each amount of fresh text gets its best split:
"""


# %%
def worth(total, fresh, fade):
    """Return how many fresh ones a total counts for."""
    return fresh * (1 + fade * (1 - math.exp(-(total / fresh - 1) / fade)))


def repeated(size, tokens, fresh):
    """Return the loss on text of which only some is fresh."""
    fresh = min(fresh, tokens)
    deserved = min(size, fresh * best.size / best.tokens)  # alpha = beta: one ratio for all
    return C4(worth(size, deserved, fade=5.309743), worth(tokens, fresh, fade=15.387756))


print(f"{repeated(6.34e9, 242e9, 25e9):.4f} {repeated(8.67e9, 178e9, 25e9):.4f}")
budgets = np.geomspace(REAL / 100, REAL, 300)
reached = [plan(C4, compute=compute).loss for compute in budgets]
for fresh in (1e11, 3e10, 1e10):
    loss, n = min((repeated(n, REAL / 6 / n, fresh), n) for n in SIZES)
    as_good = np.interp(loss, reached[::-1], budgets[::-1]) / REAL
    print(f"{fresh:.0e} fresh: {n / 1e9:.1f} billion weights,", end=" ")
    print(f"{REAL / 6 / n / fresh:.0f} times, as good as {as_good:.0%} of the compute")

# %% [markdown]
r"""
The repository has 2.2256 and 2.2270. Reading twice costs 4 % of the compute, eight times more than a third. Reading 27 times does as well as a fifth of the compute on fresh text, at the best split there is: find text, or spend less.

## What breaks

**A forecast for another world.** Do tokens fade like that for us? Here is our language, of which only some rows were collected. Width 24 reads as many tokens as in the grid, and meets each row 4, 16 or 64 times on average. The forecast is our law with the fading of C4. The last number is the loss on the rows that it was trained on:
"""


# %%
class Collected(Language):
    """The same language, of which only some rows were written down."""

    def __init__(self, rows):
        super().__init__(LANGUAGE.vocab, LANGUAGE.weights)
        self.text = super().sample(rows, 33, torch.Generator().manual_seed(1))

    def sample(self, rows, length, generator=None):
        return self.text[torch.randint(len(self.text), (rows,), generator=generator)]


n, total = sizes(24)["operations / 6"], tokens_for(COMPUTES[-2], 24)
fresh = losses[(widths == 24) & (computes == COMPUTES[-2])].item()
print(f"fresh: predicted {LAW(n, total):.2f}, held-out {fresh:.2f}")
for times in (4, 16, 64):
    text = Collected(total // times // 32)
    model, rows = train(24, COMPUTES[-2], text=text), text.text[:512]
    with torch.no_grad():
        own = model.loss(rows[:, :-1], rows[:, 1:]).item()
    hoped = LAW(n, worth(total, total / times, fade=15.387756))
    seen = held_out(model)
    print(f"{times} times: predicted {hoped:.2f}, held-out {seen:.2f}, its own {own:.2f}")

# %% [markdown]
r"""
Four readings are nearly as good as fresh text, here as there. At 16 the formula is too hopeful by 0.07. At 64 it says 2.10, and the run ends at 5.13, worse than guessing at random ($\ln 64 = 4.16$). In the formula repeated tokens can lose all worth, and do no harm. It knows nothing of learning them by heart.

Nothing is raised, and the loss on the rows trained on looks better and better. It ends at 0.41, where the entropy is 1.63: on text that it has not seen, no model can be below that on average. With a real text you would not know this bound. So fit and plan with held-out losses.

## Takeaways

> - Count all operations for a token, and call a sixth of them the size. Then $C = 6ND$ holds, and the exponent speaks of what you pay.
> - Hold a budget back to decide which runs belong. Write the forecast down before the large run.
> - The best size is uncertain and the valley flat. A forecast can be better than the law behind it, and a bootstrap knows nothing of a wrong form.
> - Heavy use moves a real plan further than the choice of a law does. Too little text caps what the compute can reach, and the network moves the price.

## Exercises

**1.** How far does it reach? Fit the two smallest budgets only, and predict the large run.
"""

# %% tags=["answer"]
few = computes <= COMPUTES[1]
law = fit_parametric(size[few], tokens[few], losses[few])
print(f"predicted {law(N, D):.2f}, measured {measured:.2f}")
print(f"best size {law.optimum(BUDGET)[0] / 1e3:.0f} thousand")

# %% [markdown] tags=["answer"]
r"""
Eight runs, and twenty times the compute of the largest. The forecast is off by less than 0.02, as that of all eighteen, in the other direction. The best size is a third less than theirs. Here the loss travels better than the size.
"""

# %% [markdown]
r"""
**2.** How much compute do your two laws, with the floor fitted and told, ask for a loss of 1.66?
"""

# %% tags=["answer"]
more = np.geomspace(BUDGET / 10, BUDGET * 1000, 2000)
for name, law in {"floor fitted": LAW, "floor told": told}.items():
    reached = np.array([plan(law, compute=compute).loss for compute in more])
    print(f"{name}: {np.interp(-1.66, -reached, more) / BUDGET:.1f} times the budget")

# %% [markdown] tags=["answer"]
r"""
Both fitted the same eighteen runs, and differ by less than 0.05 in what the budget reaches. Asked the other way round they differ by a factor of almost 20: near a floor, a little loss is much compute. Do not promise a loss that no run has come near.
"""

# %% [markdown]
r"""
**3.** You have 64 H100 for a week, with one link. Which model?
"""

# %% tags=["answer"]
compute = 64 * 7 * 86_400 * 989e12 * 0.4  # a guess at the share of the peak
for _ in range(3):
    it = plan(C4, compute=compute)
    config = shape_for(it.size, vocab=51_200, context=2048, head_dim=128, aspect=90)
    machine = Machine.h100(64, efficiency=0.6, share=0.63, links=1)
    rate = plan_layouts(config, machine, batch=1024, length=2048)[0].rate
    extra = training_flops(config, 2048, it.tokens) / compute
    compute = 64 * 7 * 86_400 * rate / extra
    print(f"{it.size / 1e9:.1f} billion weights, {it.tokens / 1e9:.0f} billion tokens")

# %% [markdown] tags=["answer"]
r"""
About 12 billion weights on 240 billion tokens. The first line took a guess for the share of the peak and forgot that more than $6ND$ is done. Two more rounds put in what the planner says of the model before.
"""

# %% [markdown]
r"""
## Sources

- Hoffmann et al., 2022, [*Training compute-optimal large language models*](https://arxiv.org/abs/2203.15556), section 3: valleys, bottoms, the parametric law.
- Besiroglu et al., 2024, [*Chinchilla scaling: a replication attempt*](https://arxiv.org/abs/2404.10102): the refit.
- Muennighoff et al., 2023, [*Scaling data-constrained language models*](https://arxiv.org/abs/2305.16264): repeated text; constants and the two losses from [its repository](https://github.com/huggingface/datablations#parametric-fit).
- Sardana et al., 2023, [*Beyond Chinchilla-optimal*](https://arxiv.org/abs/2401.00448): training and use together, and up to 10,000 tokens for each weight.
- Bi et al., 2024, [*DeepSeek LLM*](https://arxiv.org/abs/2401.02954): operations a token in the place of weights. They leave the vocabulary out; we count the head.
"""
