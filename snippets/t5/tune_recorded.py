import json
from pathlib import Path

import reference_impl

folder = Path(reference_impl.__file__).parents[1] / "snippets/t5/figures"
recorded = json.loads((folder / "fine_tuning_curves.json").read_text())
for digits, (right, of) in recorded["right and all by digits"].items():
    print(digits, "digits:", right, "of", of)
#> 1 digits: 0 of 18
#> 2 digits: 41 of 45
#> 3 digits: 66 of 66
#> 4 digits: 68 of 68
#> 5 digits: 50 of 50
#> 6 digits: 53 of 53
for source, said in recorded["mistakes"][:5]:
    print(source, "→", said)
#> number to English: 3 → three hundred and three
#> number to English: 5 → five hundred and five
#> number to English: 6 → six hundred and five
#> number to English: 9 → nine hundred and three
#> number to English: 7 → seven hundred and three
