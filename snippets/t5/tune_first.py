from reference_impl.t5 import number_pairs, number_tokenizer

tokenizer = number_tokenizer()
for pair in number_pairs(200, seed=5)[-4:]:
    print(pair.source, "→", pair.target)
    print("  ", *tokenizer.encode(pair.target).tokens)
#> number to English: 199926 → one hundred and ninety-nine thousand nine hundred and twenty-six
#>    ▁one ▁hundred ▁and ▁ninety - nine ▁thousand ▁nine ▁hundred ▁and ▁twenty - six
#> number to German: 843895 → achthundertdreiundvierzigtausendachthundertfünfundneunzig
#>    ▁acht hundert drei und vierzig tausend acht hundert fünf und neunzig
#> date to English: 2055-12-12 → the twelfth of December twenty fifty-five
#>    ▁the ▁twelfth ▁of ▁December ▁twenty ▁fifty - five
#> number to German: 424 → vierhundertvierundzwanzig
#>    ▁vier hundert vier und zwanzig
