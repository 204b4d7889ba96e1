# requires: faker
from reference_impl.bert import make_sentences

for sentence in make_sentences(4, seed=2):
    print(sentence.text)
    print("  ", sentence.entities)
#> Yesterday we read: On 2 August 1968, Lawson and Sons hired James Burch from Nielsen and Sons.
#>    [('2 August 1968', 'DATE'), ('Lawson and Sons', 'ORG'), ('James Burch', 'PER'), ('Nielsen and Sons', 'ORG')]
#> 10月17日的会议由叶玉梅主持。
#>    [('10月17日', 'DATE'), ('叶玉梅', 'PER')]
#> On September 4, 1959, English-Martinez hired Jessica Thompson from Johnson-Lowe.
#>    [('September 4, 1959', 'DATE'), ('English-Martinez', 'ORG'), ('Jessica Thompson', 'PER'), ('Johnson-Lowe', 'ORG')]
#> 浙大万朋传媒有限公司在巢湖市设立了分部。
#>    [('浙大万朋传媒有限公司', 'ORG'), ('巢湖市', 'LOC')]
