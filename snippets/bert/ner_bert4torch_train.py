# requires: bert4torch
# requires: faker
# run: python
import torch
from torch.utils.data import DataLoader

import reference_impl.bert as ner
from reference_impl.bert.on_bert4torch import bert4torch_tagger
from reference_impl.tokenizers import train_wordpiece

torch.manual_seed(0)
train = ner.make_sentences(1000)
tokenizer = train_wordpiece([one.text for one in train], 600, lowercase=False)
bert = ner.small_bert(tokenizer, ner.TrainTagger())
model = bert4torch_tagger(bert, ner.tag_names(ner.LABELS))
tagger = ner.TrainedTagger(model, tokenizer, "BIO")


def collate(rows):
    batch = ner.tag_batch(rows)
    return [batch.ids, batch.starts], ner.first_pieces(batch.labels, batch.starts)[0]


adam = torch.optim.AdamW(ner.parameter_groups(model, 2e-3, 1e-2))
model.compile(lambda out, tags: model.crf(*out, tags), adam, clip_grad_norm=1)
loader = DataLoader(tagger.align(train), 16, shuffle=True, collate_fn=collate)
model.fit(loader, epochs=1, verbose=0)
f1 = ner.evaluate_tagger(tagger, ner.make_sentences(200, "test")).overall.f1
print("F1 of at least 0.75:", f1 >= 0.75)
#> F1 of at least 0.75: True
