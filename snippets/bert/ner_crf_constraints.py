import torch

from reference_impl.bert import LinearChainCRF, allowed_transitions, check_tags, tag_names

torch.manual_seed(0)
names = tag_names(["PER", "LOC"])
emissions = torch.randn(200, 8, len(names))  # 200 sentences of noise
for allowed in (None, allowed_transitions(names)):
    broken = 0
    for path in LinearChainCRF(len(names), allowed).viterbi(emissions):
        try:
            check_tags([names[tag] for tag in path])
        except ValueError:
            broken += 1
    print("free:" if allowed is None else "constrained:", broken > 100, broken == 0)
#> free: True False
#> constrained: False True
