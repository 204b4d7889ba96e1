# requires: datasets
# requires: tokenizers
# requires: transformers
import csv
from pathlib import Path

from datasets import disable_progress_bars, load_dataset
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import DataCollatorForSeq2Seq, PreTrainedTokenizerFast

from reference_impl.t5 import number_pairs, number_tokenizer

disable_progress_bars()
with Path("pairs.csv").open("w", newline="") as file:  # in place of a download
    csv.writer(file).writerows([("source", "target"), *number_pairs(50)])

unigram = Tokenizer(models.Unigram(number_tokenizer().pieces, 2, False))
unigram.pre_tokenizer = pre_tokenizers.Metaspace()
unigram.post_processor = processors.TemplateProcessing("$A </s>", special_tokens=[("</s>", 1)])
tokenizer = PreTrainedTokenizerFast(tokenizer_object=unigram, pad_token="<pad>", eos_token="</s>")


def encode(row):
    return tokenizer(row["source"], text_target=row["target"], return_token_type_ids=False)


rows = load_dataset("csv", data_files="pairs.csv", cache_dir="cache")["train"].train_test_split(
    10, seed=0
)
rows = rows.map(encode, remove_columns=["source", "target"])
batch = DataCollatorForSeq2Seq(tokenizer)([rows["train"][i] for i in range(8)])
print(len(rows["train"]), len(rows["test"]), sorted(batch))
#> 40 10 ['attention_mask', 'input_ids', 'labels']
print(batch["labels"].min().item(), batch["input_ids"].min().item())
#> -100 0
