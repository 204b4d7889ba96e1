import matplotlib.pyplot as plt

from reference_impl.distributed import NARAYANAN, Machine, estimate

figure, axis = plt.subplots(figsize=(4.5, 3.4), layout="constrained")
kinds = {"table 1, 1.7 to 1,008 billion": "o", "table 2, 8 × 12": "s", "table 2, ZeRO-3": "^"}
for i, (name, marker) in enumerate(kinds.items()):
    published, modelled = [], []
    for run in NARAYANAN:
        if (run.table, run.stage) == ((1, 0), (2, 0), (2, 3))[i]:
            machine = Machine.a100(run.gpus, efficiency=0.6, share=0.63)
            found = estimate(run.config, run.layout, machine, run.batch, length=2048)
            published.append(run.rate)
            modelled.append(found.rate_done / 1e12)
    axis.plot(published, modelled, marker, color=f"C{i}", alpha=0.75, label=name)
    if i == 0:
        for j, text, shift in ((0, "1.7", -22), (1, "3.6", -22), (9, "1,008", -12)):
            axis.annotate(
                text,
                (published[j], modelled[j]),
                (shift, -13 if j == 9 else -3),
                textcoords="offset points",
                fontsize=9,
            )
axis.plot([30, 190], [30, 190], color="C5", linewidth=1)
axis.set(xlim=(30, 190), ylim=(30, 190), xlabel="published, teraFLOP/s a GPU", ylabel="modelled")
axis.spines[["top", "right"]].set_visible(False)
axis.legend(fontsize=9, loc="upper left")
