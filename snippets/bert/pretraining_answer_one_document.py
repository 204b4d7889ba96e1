from reference_impl.bert import text_pairs

print(text_pairs([["One."], ["Two."]]))
#> []
text_pairs([["One.", "Two.", "Three."]])
#! ValueError: expected at least 2 documents with texts, got 1
