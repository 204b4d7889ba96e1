from reference_impl.optimizers import ExponentialMovingAverage

mean = ExponentialMovingAverage(0.99)
for step in range(2001):
    mean.update(float(step))
print(round(2000 - mean.value, 1))
#> 99.0
