from reference_impl.tokenizers import longest_match


class Counted(dict):
    asked = 0

    def __contains__(self, token):
        Counted.asked += 1
        return super().__contains__(token)


vocab = Counted({"a": 0, "##a": 1})
for length in (10, 20, 40):
    Counted.asked = 0
    longest_match("a" * length, vocab)
    print(length, Counted.asked)
#> 10 55
#> 20 210
#> 40 820
