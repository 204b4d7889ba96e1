from reference_impl.tokenizers import train_wordpiece

corpus = ["the thing that thinks"] * 5 + ["qz"] * 2
for by in ("count", "likelihood"):
    tokens = list(train_wordpiece(corpus, 40, special_tokens=[], by=by).vocab)
    merged = [token for token in tokens if len(token.removeprefix("##")) > 1]
    print(by, merged[:3])
#> count ['th', '##in', 'thin']
#> likelihood ['qz', '##at', '##ks']
