from reference_impl.optimizers import ExponentialMovingAverage

every, tenth = ExponentialMovingAverage(0.999), ExponentialMovingAverage(0.999**10)
for step in range(20001):
    value = step / 1000
    every.update(value)
    if step % 10 == 0:
        tenth.update(value)
print(round(every.value, 1), round(tenth.value, 1))
#> 19.0 19.0
