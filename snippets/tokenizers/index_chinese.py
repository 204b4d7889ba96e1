from reference_impl.tokenizers import split_words, train_bpe

english = "a tokenizer cuts a text into tokens, and a model sees the ids of tokens"
chinese = "分词器把文本切成词元 模型看见词元的编号 分词器的词元"
for corpus in (english, chinese):
    tokenizer = train_bpe([corpus], 320, 2).tokenizer()
    print(len(tokenizer.encode("分词器")), len(tokenizer.encode("tokenizer")))
#> 9 6
#> 1 9
print(split_words("模型看见词元的编号"))
#> ['模型看见词元的编号']
