import torch

from reference_impl.bert import help_documents, text_pairs

pairs = text_pairs(list(help_documents().values()), torch.Generator().manual_seed(0))


def words(text):
    return {word.strip('.,;:()"*').lower() for word in text.split() if len(word) > 3}


def says_follows(first, second):
    return len(words(first) & words(second)) > 1


right = [says_follows(pair.first, pair.second) == (pair.label == 0) for pair in pairs]
print(sum(right) / len(pairs) > 0.6)  # no order, no grammar: shared words
#> True
following = [pair for pair in pairs if pair.label == 0]
print(all(says_follows(p.first, p.second) == says_follows(p.second, p.first) for p in following))
#> True
