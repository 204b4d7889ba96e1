import matplotlib.pyplot as plt

from reference_impl.distributed import LLM_FOUNDRY, NARAYANAN

best = {}
for run in LLM_FOUNDRY:
    kind = run.table, run.billions, run.recompute
    best[kind] = max(best.get(kind, 0), run.reached)
kinds = {"Narayanan et al.": "o", "their ZeRO-3": "^", "llm-foundry": "s"}
figure, axes = plt.subplots(1, 2, figsize=(4.5, 2.9), sharey=True, layout="constrained")
for axis, links in zip(axes, (1, 8), strict=True):
    axis.plot([0, 70], [0, 70], color="C5", linewidth=1)
    for i, (name, marker) in enumerate(kinds.items()):
        published, modelled = [], []
        for run in NARAYANAN + LLM_FOUNDRY:
            if i == (2 if run in LLM_FOUNDRY else run.stage // 3):
                efficiency = best.get((run.table, run.billions, run.recompute), 0.6)
                rate = run.modelled(efficiency, share=0.63, links=links)
                published.append(100 * run.reached)
                modelled.append(100 * run.reached * rate / run.rate)
        axis.plot(published, modelled, marker, color=f"C{i}", alpha=0.7, label=name)
    title = "one link" if links == 1 else "eight links"
    axis.set(xlim=(0, 75), ylim=(0, 75), xlabel="published, % of peak", title=title)
    axis.title.set_fontsize(10)
    axis.spines[["top", "right"]].set_visible(False)
axes[0].set_ylabel("modelled")
labels = axes[0].get_legend_handles_labels()
figure.legend(*labels, fontsize=9, loc="outside lower center", ncols=3, columnspacing=1)
