# requires: tokenizers
# requires: transformers
import torch
from tokenizers import Tokenizer, models
from transformers import DataCollatorForSeq2Seq, PreTrainedTokenizerFast

from reference_impl.t5 import T5, T5Config, TextPairs, collate, number_pairs, number_tokenizer

ours = number_tokenizer()
theirs = PreTrainedTokenizerFast(
    tokenizer_object=Tokenizer(models.Unigram(ours.pieces, 2, False)), pad_token="<pad>"
)
items = TextPairs(number_pairs(8), ours).items
batch = DataCollatorForSeq2Seq(theirs)(
    [{"input_ids": source, "labels": target} for source, target in items]
)
mine = collate(items)
print(torch.equal(mine["source"], batch["input_ids"]), torch.equal(mine["labels"], batch["labels"]))
#> True True
torch.manual_seed(0)
model = T5(
    T5Config(
        vocab=len(ours.vocab), dim=32, head_dim=8, heads=4, hidden=64, layers=1, decoder_layers=1
    )
).eval()
a = model.loss(batch["input_ids"], batch["labels"], batch["attention_mask"])
print(torch.equal(a, model.loss(mine["source"], mine["labels"])))
#> True
