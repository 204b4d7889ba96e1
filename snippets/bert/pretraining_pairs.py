import torch

from reference_impl.bert import text_pairs

documents = [["It rained.", "So we stayed in.", "We played chess."], ["Add salt.", "Stir well."]]
for pair in text_pairs(documents, torch.Generator().manual_seed(1)):
    print(pair.label, pair.first, pair.second)
#> 1 It rained. Add salt.
#> 0 So we stayed in. We played chess.
#> 1 Add salt. We played chess.
