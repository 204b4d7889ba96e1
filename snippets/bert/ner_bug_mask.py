import torch

from reference_impl.bert import LinearChainCRF

torch.manual_seed(0)
crf = LinearChainCRF(3)
torch.nn.init.normal_(crf.transitions)
emissions, tags = torch.randn(2, 6, 3), torch.zeros(2, 6, dtype=torch.long)
mask = torch.arange(6) < torch.tensor([[6], [2]])
alone = crf(emissions[1:, :2], tags[1:, :2])
for name, used in (("without a mask", None), ("with it", mask)):
    same = torch.allclose(crf(emissions, tags, used)[1], alone)
    print(f"{name}: same loss {same},", len(crf.viterbi(emissions, used)[1]), "tags for two words")
#> without a mask: same loss False, 6 tags for two words
#> with it: same loss True, 2 tags for two words
