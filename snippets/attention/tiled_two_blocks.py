import torch

torch.manual_seed(0)
x = torch.randn(7, dtype=torch.float64)
a, b = x[:3], x[3:]

# 1. The maximum of both blocks is the larger of their maxima.
m_a, m_b = a.max(), b.max()
m = torch.maximum(m_a, m_b)
print(torch.equal(m, x.max()))
#> True
# 2. A sum taken against an old maximum is put right by one factor.
l_a, l_b = (a - m_a).exp().sum(), (b - m_b).exp().sum()
print(torch.allclose((m_a - m).exp() * l_a, (a - m).exp().sum()))
#> True
# 3. So the sums of both blocks add up.
total = (m_a - m).exp() * l_a + (m_b - m).exp() * l_b
print(torch.allclose((x - m).exp() / total, x.softmax(0)))
#> True
# 4. The same factor puts a sum of values right.
v = torch.randn(7, 2, dtype=torch.float64)
o_a, o_b = (a - m_a).exp() @ v[:3], (b - m_b).exp() @ v[3:]
out = ((m_a - m).exp() * o_a + (m_b - m).exp() * o_b) / total
print(torch.allclose(out, x.softmax(0) @ v))
#> True
