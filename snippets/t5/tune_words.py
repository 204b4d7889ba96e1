from datetime import date

from reference_impl.t5 import date_in_words, number_in_words

for language in ("English", "German"):
    print(number_in_words(717_021, language))
    print(date_in_words(date(1984, 3, 21), language))
#> seven hundred and seventeen thousand and twenty-one
#> the twenty-first of March nineteen eighty-four
#> siebenhundertsiebzehntausendeinundzwanzig
#> der einundzwanzigste März neunzehnhundertvierundachtzig
