"""Text to tokens and back: byte-level BPE, WordPiece and Unigram, trained and used.

The results are those of Hugging Face `tokenizers`, with the differences that the reference page lists.
"""

from reference_impl.tokenizers.bpe import BytePairEncoding, apply_merges
from reference_impl.tokenizers.bpe_training import TrainedBPE, train_bpe, train_bpe_slowly
from reference_impl.tokenizers.byte_level import from_byte_level, split_words, to_byte_level
from reference_impl.tokenizers.encoding import Encoding, Tokenizer
from reference_impl.tokenizers.load import (
    load_bpe,
    load_gpt2_files,
    save_bpe,
    save_gpt2_files,
)
from reference_impl.tokenizers.normalise import NormalisedText, bert_normalise, bert_words
from reference_impl.tokenizers.unigram import Unigram, metaspace_words
from reference_impl.tokenizers.unigram_training import (
    TrainedUnigram,
    digamma,
    seed_pieces,
    train_unigram,
)
from reference_impl.tokenizers.wordpiece import WordPiece, load_vocab, longest_match, save_vocab
from reference_impl.tokenizers.wordpiece_training import train_wordpiece

__all__ = [
    "BytePairEncoding",
    "Encoding",
    "NormalisedText",
    "Tokenizer",
    "TrainedBPE",
    "TrainedUnigram",
    "Unigram",
    "WordPiece",
    "apply_merges",
    "bert_normalise",
    "bert_words",
    "digamma",
    "from_byte_level",
    "load_bpe",
    "load_gpt2_files",
    "load_vocab",
    "longest_match",
    "metaspace_words",
    "save_bpe",
    "save_gpt2_files",
    "save_vocab",
    "seed_pieces",
    "split_words",
    "to_byte_level",
    "train_bpe",
    "train_bpe_slowly",
    "train_unigram",
    "train_wordpiece",
]
