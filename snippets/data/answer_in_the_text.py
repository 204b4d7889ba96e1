import re

import torch

from reference_impl.data import windows

text = (
    "Ada Lovelace wrote her notes in 1843. The last of them, Note G, tells the Analytical "
    "Engine how to compute Bernoulli numbers. It is often called the first program."
)
words = [(m.start(), m.end()) for m in re.finditer(r"\w+|[^\w\s]", text)]
answer = "Bernoulli numbers"  # of the question: what does Note G compute?
begin = text.index(answer)
end = begin + len(answer)
inside = [n for n, (a, b) in enumerate(words) if a < end and b > begin]

rows = windows(torch.arange(len(words)), size=14, overlap=5, prefix=[0], suffix=[0])
for row, places in enumerate(rows.places):
    held = torch.isin(places, torch.tensor(inside)).nonzero().flatten().tolist()
    whole = len(held) == len(inside)
    labels = (held[0], held[-1]) if whole else (0, 0)  # slot 0, [CLS], says: not here
    print(row, text[words[places[1]][0] :][:22], len(held), labels)
#> 0 Ada Lovelace wrote her 0 (0, 0)
#> 1 . The last of them, No 0 (0, 0)
#> 2 G, tells the Analytica 2 (10, 11)
#> 3 to compute Bernoulli n 2 (3, 4)
#> 4 often called the first 0 (0, 0)

row, (first, last) = 3, (3, 4)  # a model points at slots of a row
places = rows.places[row]
print(text[words[places[first]][0] : words[places[last]][1]])
#> Bernoulli numbers
