from reference_impl.tokenizers import longest_match

vocab = {"ab": 0, "abc": 1, "##cd": 2, "##d": 3}
print(longest_match("abcd", vocab))  # the longest beginning is abc
#> ['abc', '##d']
del vocab["##d"]
print(longest_match("abcd", vocab))  # ab + ##cd would do, but abc was taken
#> None
