import torch

from reference_impl.attention import PreallocatedCache


class DoublingCache(PreallocatedCache):
    def _store(self, k_new, v_new):
        if self._length + k_new.shape[2] > self.capacity:
            self.bytes_copied += self.batch * self._length * self.row_bytes
            self.k = torch.cat([self.k, torch.zeros_like(self.k)], dim=2)
            self.v = torch.cat([self.v, torch.zeros_like(self.v)], dim=2)
            self.capacity *= 2
        super()._store(k_new, v_new)


cache, row = DoublingCache(1, 2, capacity=1, head_dim=16), torch.ones(1, 2, 1, 16)
for t in range(1, 1025):
    cache.append(row, row)
    if t in (5, 64, 65, 1000):
        print(t, cache.capacity, cache.bytes_copied / cache.bytes_written < 2)
#> 5 8 True
#> 64 64 True
#> 65 128 True
#> 1000 1024 True
