import matplotlib.pyplot as plt

from reference_impl.memory import recorded_memory

training = recorded_memory("training")["snapshot"]["about"]
levels = training["levels"][training["marks"].index("backward 2")]
rows = [("driver", "mem_get_info()"), ("reserved", "memory_reserved()"), ("allocated", "memory_allocated()"),
        ("requested", "requested_bytes")]  # fmt: skip  # a list reads as a list

figure, axis = plt.subplots(figsize=(4.5, 2.4), layout="constrained")
for row, (name, call) in enumerate(rows):
    width = levels[name] / 1e6
    axis.barh(row, width, 0.7, color=f"C{row}", alpha=0.75)
    axis.text(width, row, f" {width:,.0f}", va="center", fontsize=9)
axis.set_yticks(range(len(rows)), [f"{name}\n{call}" for name, call in rows])
axis.set(ylim=(len(rows) - 0.4, -0.6), xlabel="MB, after the second backward pass")
axis.margins(x=0.12)
axis.spines[["top", "right"]].set_visible(False)
