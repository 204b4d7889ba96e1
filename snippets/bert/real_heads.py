from reference_impl.bert import (
    Bert,
    BertConfig,
    BertForPreTraining,
    load_hugging_face,
    to_hugging_face,
)

config = BertConfig(vocab=50, dim=8, layers=1, heads=2, hidden=16)
state = to_hugging_face(BertForPreTraining(config))
encoder = Bert(config)
load_hugging_face(encoder, state, ignore=["cls."])
load_hugging_face(encoder, {name: w for name, w in state.items() if "predictions" not in name})
#! ValueError: the state does not fit the model
