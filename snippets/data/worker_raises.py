# run: python
from torch.utils.data import DataLoader, Dataset


class OneBad(Dataset):
    def __len__(self):
        return 6

    def __getitem__(self, index):
        return {"label": index} if index != 3 else {}["label"]


try:
    for batch in DataLoader(OneBad(), batch_size=2, num_workers=2):
        print(batch)
    #> {'label': tensor([0, 1])}
except KeyError as error:
    lines = str(error.args[0]).splitlines()
    print(lines[0])
    #> Caught KeyError in DataLoader worker process 1.
    print(lines[-1])
    #> KeyError: 'label'
