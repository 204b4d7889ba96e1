from collections import Counter

words = {"low": 5, " lower": 2, " newest": 4, " widest": 2}
symbols = {word: list(word) for word in words}
for _ in range(4):
    pairs = Counter()
    for word, count in words.items():
        for pair in zip(symbols[word], symbols[word][1:]):
            pairs[pair] += count
    best = max(pairs, key=pairs.get)
    print(best, pairs[best])
    for parts in symbols.values():
        for at in reversed(range(len(parts) - 1)):
            if (parts[at], parts[at + 1]) == best:
                parts[at : at + 2] = ["".join(best)]
#> ('l', 'o') 7
#> ('lo', 'w') 7
#> ('e', 's') 6
#> ('es', 't') 6
print(symbols[" newest"], symbols[" widest"])
#> [' ', 'n', 'e', 'w', 'est'] [' ', 'w', 'i', 'd', 'est']
