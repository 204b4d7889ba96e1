from reference_impl.scaling_laws import recorded

runs = recorded("rates")["runs"]
for mup in (False, True):
    excess = {(r["dim"], r["rate"]): r["excess"] for r in runs if r["mup"] == mup}
    tuned = min((rate for dim, rate in excess if dim == 16), key=lambda rate: excess[16, rate])
    for dim in (32, 64, 128):
        best = min(value for (d, _), value in excess.items() if d == dim)
        cost = excess[dim, tuned] - best
        print("µP" if mup else "plain", dim, f"wide, rate {tuned}: {cost:.2f} nats from the best")
#> plain 32 wide, rate 0.032: 0.00 nats from the best
#> plain 64 wide, rate 0.032: 0.23 nats from the best
#> plain 128 wide, rate 0.032: 0.27 nats from the best
#> µP 32 wide, rate 0.016: 0.00 nats from the best
#> µP 64 wide, rate 0.016: 0.00 nats from the best
#> µP 128 wide, rate 0.016: 0.00 nats from the best
