from reference_impl.data import ResumableSampler

state = ResumableSampler(1000).state_dict()
ResumableSampler(1001).load_state_dict(state)
#! ValueError: the state belongs to another order: expected length=1001, got 1000
