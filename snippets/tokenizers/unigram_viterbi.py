from reference_impl.tokenizers import Unigram

scores = {"a": -1.0, "b": -2.0, "ab": -2.5, "ba": -1.5, "aba": -4.0}
word = "aba"
best = [(0.0, [])]  # the best cut of each beginning: nothing needs no token
for end in range(1, len(word) + 1):
    ways = [
        (best[start][0] + scores[word[start:end]], [*best[start][1], word[start:end]])
        for start in range(end)
        if word[start:end] in scores
    ]
    best.append(max(ways))
    print(word[:end], *best[end])
#> a -1.0 ['a']
#> ab -2.5 ['ab']
#> aba -2.5 ['a', 'ba']
print(Unigram(list(scores.items()), unk_id=None).segment(word))
#> ['a', 'ba']
