import torch

from reference_impl.data import windows


def best_span(start, end, places, longest=5):
    score = start[:, None] + end  # from the slot of the row to the slot of the column
    slots = torch.arange(len(places))
    length = slots - slots[:, None] + 1
    allowed = (length >= 1) & (length <= longest) & (places >= 0) & (places >= 0)[:, None]
    best = score.masked_fill(~allowed, -torch.inf).argmax().item()
    first, last = divmod(best, len(places))
    return round(score[first, last].item(), 1), places[first].item(), places[last].item()


torch.manual_seed(0)
rows = windows(torch.arange(14), size=8, overlap=2, prefix=[0], suffix=[0])
spans = []
for places in rows.places:
    start, end = torch.randn(2, len(places))  # a model that has found words 6 and 7
    spans.append(best_span(start + 4 * (places == 6), end + 4 * (places == 7), places))
print(spans)
#> [(2.1, 3, 4), (10.2, 6, 7), (2.7, 11, 12)]
print("words", max(spans)[1:])
#> words (6, 7)
