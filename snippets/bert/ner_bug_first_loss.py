# requires: faker
import math

import torch

import reference_impl.bert as ner
from reference_impl.tokenizers import train_wordpiece

torch.manual_seed(0)
sentences = ner.make_sentences(64)
tokenizer = train_wordpiece([one.text for one in sentences], 600, lowercase=False)
names = ner.tag_names(ner.LABELS)
rows = [ner.align(one, tokenizer, names) for one in sentences]
model = ner.Tagger(ner.small_bert(tokenizer, ner.TrainTagger()), names)
loss = model.loss(ner.tag_batch(rows)).item()
print(abs(loss - math.log(len(names))) < 0.4)
#> True
