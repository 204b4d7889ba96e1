import matplotlib.pyplot as plt

from reference_impl.tokenizers import longest_match

word = "unaffable"
tries = []


class Watched(dict):
    """A vocabulary that writes down what it is asked for."""

    def __contains__(self, token):
        tries.append((token, super().__contains__(token)))
        return tries[-1][1]


pieces = longest_match(word, Watched({"un": 0, "##aff": 1, "##able": 2}))
starts, start = {}, 0
for piece in pieces:
    starts[piece] = start
    start += len(piece.removeprefix("##"))

figure, axis = plt.subplots(figsize=(4.5, 4.2))
start = 0
for row, (token, found) in enumerate(tries):
    plain = token.removeprefix("##")
    for at, letter in enumerate(plain):
        place = (start + at + 0.04, row + 0.06)
        colour, alpha = ("C2", 0.6) if found else ("C0", 0.15)
        axis.add_patch(plt.Rectangle(place, 0.92, 0.88, color=colour, alpha=alpha))
        axis.text(start + at + 0.5, row + 0.5, letter, ha="center", va="center")
    if found:
        axis.text(len(word) + 0.2, row + 0.5, token, va="center", color="C2")
        start += len(plain)
axis.set(xlim=(0, len(word) + 2), ylim=(len(tries), 0), xticks=[], ylabel="question")
axis.set_yticks([0.5, 4.5, 9.5, len(tries) - 0.5], ["1", "5", "10", str(len(tries))])
axis.spines[:].set_visible(False)
axis.tick_params(length=0)
