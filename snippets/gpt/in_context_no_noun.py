from reference_impl.gpt import Episodes

Episodes(nouns=8, examples=12)
#! ValueError: expected at least 1 class, 2 to 8 suffixes, and 1 <= examples <= nouns <= 40, got 4, 4, 12 and 8
