import matplotlib.pyplot as plt

from reference_impl.attention import warmup_rate

steps = range(1, 30_001, 50)
figure, axis = plt.subplots(figsize=(4.5, 2.8))
for colour, (dim, warmup) in enumerate([(512, 4000), (512, 8000), (1024, 4000)]):
    axis.plot(steps, [1000 * warmup_rate(step, dim, warmup) for step in steps], color=f"C{colour}")
axis.text(5200, 0.66, "width 512, warm-up 4,000", color="C0")
axis.text(11_000, 0.47, "512, 8,000", color="C1")
axis.text(17_000, 0.15, "1,024, 4,000", color="C2")
axis.set(xlabel="step", ylabel="learning rate, thousandths", ylim=(0, 0.75))
axis.set_xticks([0, 10_000, 20_000, 30_000], ["0", "10,000", "20,000", "30,000"])
