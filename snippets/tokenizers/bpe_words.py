from reference_impl.tokenizers import split_words

print(split_words("I'll pay 20 dollars,  or £15!"))
#> ['I', "'ll", ' pay', ' 20', ' dollars', ',', ' ', ' or', ' £', '15', '!']
print(split_words("for i in x:\n    print(i)"))
#> ['for', ' i', ' in', ' x', ':', '\n   ', ' print', '(', 'i', ')']
