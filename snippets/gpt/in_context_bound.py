from reference_impl.gpt import Episodes, best_accuracy

best = best_accuracy(Episodes())
print([round(x, 2) for x in best[:4].tolist()], round(best[-1].item(), 2))
#> [0.25, 0.41, 0.55, 0.65] 0.98
seen = 1 - 18 / 23  # of 23 other nouns, 18 are of another class
print(round(seen + (1 - seen) / 4, 2))
#> 0.41
