"""BERT: the encoder, its two pre-training tasks, fine-tuning, and real weights."""

from reference_impl.bert.alignment import (
    Aligned,
    TagBatch,
    align,
    first_pieces,
    tag_batch,
    words_of,
)
from reference_impl.bert.classifier import BertClassifier, TextBatch, mean_pool, text_batch
from reference_impl.bert.config import BertConfig
from reference_impl.bert.crf import LinearChainCRF
from reference_impl.bert.hugging_face import load_bert, load_hugging_face, to_hugging_face
from reference_impl.bert.model import Bert, BertEmbeddings, BertLayer
from reference_impl.bert.name_data import LABELS as LABELS
from reference_impl.bert.name_data import Sentence, make_sentences, name_words, names
from reference_impl.bert.pretraining import IGNORE as IGNORE
from reference_impl.bert.pretraining import (
    BertForPreTraining,
    Masked,
    MaskedWordHead,
    PreTrainingLogits,
    PreTrainingLoss,
    TextPair,
    mask_tokens,
    text_pairs,
)
from reference_impl.bert.span_f1 import SpanReport, SpanScores, span_errors, span_scores
from reference_impl.bert.tagger import (
    Tagger,
    TrainedTagger,
    TrainTagger,
    evaluate_tagger,
    fit_tagger,
    parameter_groups,
    small_bert,
    tag_loss,
    train_tagger,
)
from reference_impl.bert.tags import (
    Allowed,
    Span,
    allowed_transitions,
    check_tags,
    spans_to_tags,
    tag_names,
    tags_to_spans,
)
from reference_impl.bert.transfer import SUBJECTS as SUBJECTS
from reference_impl.bert.transfer import (
    LabelledText,
    accuracy,
    fine_tune,
    help_documents,
    labelled_sentences,
    pretrain,
)

__all__ = [
    "Aligned",
    "Allowed",
    "Bert",
    "BertClassifier",
    "BertConfig",
    "BertEmbeddings",
    "BertForPreTraining",
    "BertLayer",
    "LabelledText",
    "LinearChainCRF",
    "Masked",
    "MaskedWordHead",
    "PreTrainingLogits",
    "PreTrainingLoss",
    "Sentence",
    "Span",
    "SpanReport",
    "SpanScores",
    "TagBatch",
    "Tagger",
    "TextBatch",
    "TextPair",
    "TrainTagger",
    "TrainedTagger",
    "accuracy",
    "align",
    "allowed_transitions",
    "check_tags",
    "evaluate_tagger",
    "fine_tune",
    "first_pieces",
    "fit_tagger",
    "help_documents",
    "labelled_sentences",
    "load_bert",
    "load_hugging_face",
    "make_sentences",
    "mask_tokens",
    "mean_pool",
    "name_words",
    "names",
    "parameter_groups",
    "pretrain",
    "small_bert",
    "span_errors",
    "span_scores",
    "spans_to_tags",
    "tag_batch",
    "tag_loss",
    "tag_names",
    "tags_to_spans",
    "text_batch",
    "text_pairs",
    "to_hugging_face",
    "train_tagger",
    "words_of",
]
