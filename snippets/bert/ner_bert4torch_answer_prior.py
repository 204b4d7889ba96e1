from reference_impl.bert import LinearChainCRF, allowed_transitions, tag_names

names = tag_names(["PER"])
crf = LinearChainCRF(len(names), allowed_transitions(names))
for name, row in zip(names, crf.constrained()[1].tolist()):
    print(f"{name:6}", row)
#> O      [0.0, 0.0, -10000.0]
#> B-PER  [0.0, 0.0, 0.0]
#> I-PER  [0.0, 0.0, 0.0]
