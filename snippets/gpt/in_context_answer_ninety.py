from reference_impl.gpt import Episodes, best_accuracy

for classes in (2, 4, 6):
    best = best_accuracy(Episodes(classes=classes, examples=24))
    print(classes, "classes:", int((best < 0.9).sum()), "examples")
#> 2 classes: 3 examples
#> 4 classes: 7 examples
#> 6 classes: 11 examples
