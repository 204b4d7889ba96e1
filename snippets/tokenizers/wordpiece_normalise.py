from reference_impl.tokenizers import bert_normalise

text = "Émile\tSmith\u200b 東京"
for lowercase in (True, False):
    print(repr(bert_normalise(text, lowercase).text))
#> 'emile smith  東  京 '
#> 'Émile Smith  東  京 '
print(bert_normalise("Résumé").text == bert_normalise("RESUME").text)
#> True
