from pydoc_data.topics import topics

from reference_impl.tokenizers import train_bpe, train_bpe_slowly

corpus = ["\n".join(topics.values())[:20_000]]
fast = train_bpe(corpus, 400)
slow = train_bpe_slowly(corpus, 400)
print(fast == slow, len(fast.merges))
#> True 144
print(slow.pair_visits > 10 * fast.pair_visits)
#> True
