import math
import random

import matplotlib.pyplot as plt

WRITE, BETWEEN_FAILURES, WORK = 2.0, 24 * 60.0, 2_000_000.0  # minutes


def lost_fraction(interval, chance):
    """Simulate a run that fails at exponential times; return the share of time that was no progress."""
    clock, done = 0.0, 0.0
    failure = chance.expovariate(1 / BETWEEN_FAILURES)
    while done < WORK:
        end = clock + interval + WRITE
        if end <= failure:  # the interval is computed and its checkpoint written
            clock, done = end, done + interval
        else:  # back to the last checkpoint
            clock = failure
            failure = clock + chance.expovariate(1 / BETWEEN_FAILURES)
    return 1 - done / clock


intervals = [10 * 1.25**i for i in range(21)]
simulated = [100 * lost_fraction(t, random.Random(0)) for t in intervals]
formula = [100 * (WRITE / t + t / 2 / BETWEEN_FAILURES) for t in intervals]
best = math.sqrt(2 * WRITE * BETWEEN_FAILURES)

fig, ax = plt.subplots(figsize=(4.5, 3.1))
ax.plot(intervals, formula, color="C0", label="write / t + t / (2 failures)")
ax.plot(intervals, simulated, "o", color="C1", markersize=4, label="simulated")
ax.axvline(best, color="C2", linestyle="--")
ax.annotate(
    f"{best:.0f} minutes", (best, 22), xytext=(6, 0), textcoords="offset points", color="C2"
)
ax.set(xscale="log", ylim=(0, 35), xlabel="minutes between checkpoints", ylabel="time lost (%)")
ax.set_xticks([10, 100, 1000], ["10", "100", "1000"])
ax.minorticks_off()
ax.legend(frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
