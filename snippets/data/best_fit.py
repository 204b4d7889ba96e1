from pydoc_data.topics import topics

from reference_impl.data import best_fit_decreasing

documents = [len(text.split()) for text in topics.values()]
size = 1024
short = [n for n in documents if n < size]
bins = best_fit_decreasing(short, size)

one_each = sum(short) / (len(short) * size)
packed = sum(short) / (len(bins) * size)
print(f"{one_each:.1f} of the places filled, packed {packed:.1f}")
#> 0.2 of the places filled, packed 0.9
print(len(short) > 3 * len(bins))
#> True
