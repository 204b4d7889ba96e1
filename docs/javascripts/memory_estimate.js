// reference_impl.memory.estimate_memory for the browser: the same formulas under the same names, in whole numbers of
// any size. Python is the original; tests/test_memory_calculator.py compares each part, term and error with it.
//
// `tables` holds what is no formula: bytes of numbers by precision, what an optimizer keeps, and how GPT.loss works in
// the PyTorch that the site was built with. site_tools/memory_calculator.py writes it into the page.

export class ValueError extends Error {
  constructor(message, field) {
    super(message)
    this.field = field // the name of the setting to change
  }
}

const repr = (sizes) =>
  `{${Object.entries(sizes).map(([name, size]) => `'${name}': ${size}`).join(", ")}}`
const sum = (numbers) => numbers.reduce((a, b) => a + b, 0n)
const max = (numbers) => numbers.reduce((a, b) => (a > b ? a : b), 0n)
const ceil = (a, b) => (a + b - 1n) / b
const below = (sizes) => Object.keys(sizes).find((name) => sizes[name] < 1n)

// --- what is asked about ---

const SIZES = ["vocab", "context", "dim", "layers", "heads", "head_dim", "hidden", "band"]

// A GPTConfig. Sizes may be numbers or BigInts; null stands for the default.
export function gptConfig({ norm = "pre", final_norm = true, dropout = 0, ...given }) {
  const sizes = {}
  for (const name of SIZES) if (given[name] != null) sizes[name] = BigInt(given[name])
  if (below(sizes))
    throw new ValueError(`expected sizes of at least 1, got ${repr(sizes)}`, below(sizes))
  const { dim, heads } = sizes
  if (sizes.head_dim === undefined && dim % heads)
    throw new ValueError(
      `expected heads to divide dim ${dim}, got ${heads} heads; or give head_dim`, "heads"
    )
  const head_size = sizes.head_dim ?? dim / heads
  return { ...sizes, head_size, hidden_size: sizes.hidden ?? 4n * dim, norm, final_norm, dropout }
}

// A Parallel: over how many ranks a step is spread, and how.
export function parallelOf(given = {}) {
  const parallel = { data: 1n, zero: 0n, tensor: 1n, pipeline: 1n, micro_batches: 1n, stage: 0n }
  for (const [name, value] of Object.entries(given)) parallel[name] = BigInt(value)
  const { data, zero, tensor, pipeline, micro_batches, stage } = parallel
  const sizes = { data, tensor, pipeline, micro_batches }
  if (below(sizes))
    throw new ValueError(`expected numbers of at least 1, got ${repr(sizes)}`, below(sizes))
  if (zero < 0n || zero > 3n)
    throw new ValueError(`expected a ZeRO stage from 0 to 3, got ${zero}`, "zero")
  if (stage < 0n || stage >= pipeline)
    throw new ValueError(
      `expected a pipeline stage from 0 to ${pipeline - 1n}, got ${stage}`, "stage"
    )
  return { ...parallel, ranks: data * tensor * pipeline }
}

// A MemoryParts: bytes of one rank, and the sums that stand for moments of a step.
export function memoryParts(given) {
  const parts = {
    parameters: 0n, gradients: 0n, master: 0n, optimizer: 0n,
    activations: 0n, in_flight: 0n, step_temporaries: 0n, waiting: 0n, ...given,
  }
  const states = parts.parameters + parts.gradients + parts.master + parts.optimizer
  const after_forward = states - parts.gradients + parts.waiting + parts.activations
  const in_step = states + parts.step_temporaries
  return { ...parts, states, after_forward, in_step, floor: max([after_forward, in_step]) }
}

function checkNames(tables, precision, optimizer) {
  for (const [field, name, known] of [
    ["precision", precision, tables.precisions],
    ["optimizer", optimizer, tables.optimizers],
  ])
    if (!Object.hasOwn(known, name)) {
      const article = field === "optimizer" ? "an" : "a"
      const names = Object.keys(known).join(", ")
      throw new ValueError(`expected ${article} ${field} of ${names}, got '${name}'`, field)
    }
}

// --- states: weights, gradients, and what the optimizer has ---

function stepTemporaries(sizes, size, optimizer, foreach) {
  if (optimizer !== "adamw") return 0n
  if (foreach) return size * sum(sizes)
  return max(sizes.map((now, i) => size * ((i ? sizes[i - 1] : 0n) + 2n * now)))
}

export function modelStates(tables, sizes, precision, optimizer, foreach = false) {
  const numel = sum(sizes)
  const bytes = tables.precisions[precision]
  const [weight, master, updated] = [bytes.weight, bytes.master, bytes.updated].map(BigInt)
  const counters = optimizer === "adamw" ? 4n * BigInt(sizes.length) : 0n
  return memoryParts({
    parameters: weight * numel,
    gradients: weight * numel,
    master: master * numel,
    optimizer: BigInt(tables.optimizers[optimizer]) * updated * numel + counters,
    step_temporaries: stepTemporaries(sizes, updated, optimizer, foreach),
  })
}

// Every weight of a GPT, in the order of named_parameters: [name, rows, columns]; one column for a vector.
function* named(config) {
  const { vocab, context, dim, layers, heads, head_size, hidden_size: hidden } = config
  const inner = heads * head_size
  yield ["tokens.weight", vocab, dim]
  yield ["positions.weight", context, dim]
  for (let i = 0n; i < layers; i++)
    for (const [name, rows, columns] of [
      ["attention_norm", dim, 1n],
      ["attention.qkv", 3n * inner, dim],
      ["attention.out", dim, inner],
      ["mlp_norm", dim, 1n],
      ["mlp.up", hidden, dim],
      ["mlp.down", dim, hidden],
    ]) {
      yield [`blocks.${i}.${name}.weight`, rows, columns]
      yield [`blocks.${i}.${name}.bias`, rows, 1n]
    }
  if (config.final_norm) {
    yield ["norm.weight", dim, 1n]
    yield ["norm.bias", dim, 1n]
  }
}

// How tensor parallelism cuts a weight: [dimension, groups, the size to change], as tensor_parallel._cut.
function cutOf(name) {
  if (name.startsWith("tokens.")) return [0, 1n, "vocab"]
  if (name.includes(".qkv.")) return [0, 3n, "tensor"]
  if (name.includes(".up.")) return [0, 1n, "tensor"]
  if (name.endsWith("out.weight") || name.endsWith("down.weight")) return [1, 1n, "tensor"]
  return null
}

// Numbers in each weight of one rank, before ZeRO, by name.
function weightsOf(config, parallel) {
  const { tensor, pipeline, stage } = parallel
  const weights = new Map()
  for (const [name, ...shape] of named(config)) {
    const cut = tensor > 1n ? cutOf(name) : null
    if (cut) {
      const [dimension, groups, field] = cut
      const size = shape[dimension] / groups
      if (size % tensor)
        throw new ValueError(
          `expected dimension ${dimension} of ${name} to be a multiple of the ${tensor} ranks, got ${size}`,
          field
        )
      shape[dimension] /= tensor
    }
    weights.set(name, shape[0] * shape[1])
  }
  if (config.layers % pipeline)
    throw new ValueError(
      `expected layers to be a multiple of ${pipeline} stages, got ${config.layers}`, "layers"
    )
  const share = config.layers / pipeline
  const [first, last] = [stage === 0n, stage === pipeline - 1n]
  const own = (name) => {
    const [part, block] = name.split(".")
    if (part === "blocks") return BigInt(block) / share === stage
    return { tokens: first || last, positions: first, norm: last }[part]
  }
  return new Map([...weights].filter(([name]) => own(name)))
}

// Numbers in each block, the last one first, and then in all that stands in none.
function unitsOf(weights) {
  const units = new Map()
  for (const [name, numel] of weights) {
    const unit = name.startsWith("blocks.") ? name.split(".")[1] : ""
    units.set(unit, (units.get(unit) ?? 0n) + numel)
  }
  const rest = units.get("")
  units.delete("")
  return [...[...units.values()].reverse(), ...(rest ? [rest] : [])]
}

function zeroStates(tables, weights, precision, optimizer, foreach, parallel) {
  const { data, zero } = parallel
  const units = unitsOf(weights)
  const pieces = units.map((unit) => ceil(unit, data))
  const whole = modelStates(tables, pieces.map((piece) => piece * data), precision, optimizer)
  const own = modelStates(tables, pieces, precision, optimizer, foreach)
  const size = BigInt(tables.precisions[precision].weight)
  const embedded = weights.has("tokens.weight")
  const block = size * data * max(embedded ? pieces.slice(0, -1) : pieces)
  const rest = embedded ? size * data * pieces.at(-1) : 0n
  return {
    parameters: (zero === 3n ? own : whole).parameters,
    gradients: zero >= 2n ? own.gradients : size * sum(units),
    master: own.master,
    optimizer: own.optimizer,
    in_flight: (zero >= 2n ? max([block, rest]) : 0n) + (zero === 3n ? block + rest : 0n),
    step_temporaries: own.step_temporaries,
  }
}

// --- activations: what each operation keeps for backward ---

class Ledger {
  constructor(tables, precision) {
    this.terms = []
    this.part = ""
    this.precision = precision
    const { stream, compute } = tables.precisions[precision]
    this.stream = BigInt(stream)
    this.compute = BigInt(compute)
    this.index = BigInt(tables.index)
  }

  keep(kept, count, size) {
    if (count) this.terms.push({ part: this.part, kept, nbytes: count * size })
  }

  linear(name, tokens, fan_in, fan_out, keep_input = true) {
    if (keep_input) this.keep(`${name}: input`, tokens * fan_in, this.compute)
    if (this.precision === "autocast")
      this.keep(`${name}: weight in bfloat16`, fan_in * fan_out, 2n)
  }

  layerNorm(name, tokens, dim) {
    this.keep(`${name}: input`, tokens * dim, this.stream)
    this.keep(`${name}: mean and deviation`, 2n * tokens, this.stream)
  }

  dropout(name, numbers, rate, size) {
    if (rate > 0) this.keep(`${name}: mask`, numbers, size)
  }

  flash(queries, heads, projected, out) {
    this.keep("attention: q, k and v", projected, this.compute)
    this.keep("attention: log of the sums", queries * heads, 4n)
    this.keep("attention: output", out, this.compute)
  }

  formula(q, k, v, scores, rate) {
    this.keep("attention: q, scaled", q, 4n)
    this.keep("attention: k, scaled", k, 4n)
    this.keep("attention: v", v, 4n)
    this.keep("attention: weights", scores, 4n)
    if (rate > 0) {
      this.keep("attention: mask of dropout", scores, 4n)
      this.keep("attention: weights after dropout", scores, 4n)
    }
  }

  crossEntropy(tokens, classes) {
    this.keep("log-probabilities", tokens * classes, this.stream)
    this.keep("sum of weights", 1n, this.stream)
  }
}

function attention(ledger, config, batch, length, band) {
  const { heads, head_size: width, dropout } = config
  const [tokens, inner] = [batch * length, heads * width]
  if (band !== undefined && length > band) banded(ledger, config, batch, length, band)
  else if (dropout > 0) {
    const one = ledger.compute === 4n && (batch === 1n || heads === 1n)
    const scores = batch * heads * length * length
    ledger.formula(tokens * inner, tokens * inner, tokens * inner * (one ? 3n : 1n), scores, dropout)
    ledger.keep("out: input", tokens * inner, ledger.compute)
  } else ledger.flash(tokens, heads, 3n * tokens * inner, tokens * inner)
}

function banded(ledger, config, batch, length, band) {
  const { heads, head_size: width, dropout } = config
  const blocks = ceil(length, band)
  const rows = batch * heads * blocks * band
  const view = batch * heads === 1n && ledger.compute === 4n
  const v = view ? (blocks + 1n) * band * width : 2n * rows * width
  ledger.formula(rows * width, 2n * rows * width, v, 2n * rows * band, dropout)
  const filled = batch === 1n && (heads === 1n || width === 1n) ? blocks * band : length
  ledger.keep("out: input", batch * filled * heads * width, ledger.compute)
}

function block(ledger, config, batch, length, band) {
  const { dim, heads, head_size, hidden_size: hidden, norm, dropout } = config
  const [tokens, inner] = [batch * length, heads * head_size]
  if (norm === "pre") ledger.layerNorm("attention norm", tokens, dim)
  ledger.linear("qkv", tokens, dim, 3n * inner)
  attention(ledger, config, batch, length, band)
  ledger.linear("out", tokens, inner, dim, false)
  ledger.dropout("attention dropout", tokens * dim, dropout, ledger.compute)
  ledger.layerNorm(norm === "post" ? "attention norm" : "mlp norm", tokens, dim)
  ledger.linear("up", tokens, dim, hidden)
  ledger.keep("gelu: input", tokens * hidden, ledger.compute)
  ledger.linear("down", tokens, hidden, dim)
  ledger.dropout("mlp dropout", tokens * dim, dropout, ledger.compute)
  if (norm === "post") ledger.layerNorm("mlp norm", tokens, dim)
}

// The config of what one of the ranks has of each block.
function cutConfig(config, tensor) {
  for (const [name, size, field] of [
    ["heads", config.heads, "heads"],
    ["hidden", config.hidden_size, "tensor"],
    ["vocab", config.vocab, "vocab"],
  ])
    if (size % tensor)
      throw new ValueError(`expected ${name} to be a multiple of ${tensor}, got ${size}`, field)
  return { ...config, heads: config.heads / tensor, hidden_size: config.hidden_size / tensor }
}

function loss(ledger, config, tokens, tensor, logits) {
  const { dim, vocab } = config
  if (tensor > 1n) {
    ledger.linear("logits", tokens, dim, vocab / tensor)
    ledger.keep("probabilities", (tokens * vocab) / tensor, ledger.compute)
    ledger.keep("targets of this rank", tokens, ledger.index)
    ledger.keep("which are of this rank", tokens, 1n)
    ledger.keep("which are asked about", tokens, 1n)
    ledger.keep("number of targets", 1n, ledger.index)
  } else if (logits) {
    ledger.linear("logits", tokens, dim, vocab)
    ledger.crossEntropy(tokens, vocab)
  } else {
    ledger.keep("gradient of the tokens", tokens * dim, ledger.stream)
    ledger.keep("gradient of the table", vocab * dim, ledger.stream)
  }
}

// What GPT.loss keeps for backward, storage by storage; `logits` is null where GPT.loss decides.
export function gptActivations(tables, config, batch, length, precision, options = {}) {
  const { recompute = false, logits = null, tensor = 1n } = options
  for (const [field, size] of Object.entries({ batch, length, tensor }))
    if (size < 1n) throw new ValueError(`expected ${field} of at least 1, got ${size}`, field)
  if (length > config.context)
    throw new ValueError(`expected a length of at most ${config.context}, got ${length}`, "length")
  if (tensor > 1n && config.dropout > 0)
    throw new ValueError(
      "expected no dropout and no filler where tensors are cut over ranks", "dropout"
    )
  const ledger = new Ledger(tables, precision)
  const tokens = batch * length
  const part = cutConfig(config, tensor)
  ledger.part = "embedding"
  ledger.keep("positions", length, ledger.index)
  if (tensor > 1n) {
    ledger.keep("ids of this rank", tokens, ledger.index)
    ledger.keep("which are of this rank", tokens, 1n)
  }
  ledger.dropout("dropout", tokens * config.dim, config.dropout, ledger.stream)
  for (let i = 0n; i < config.layers; i++) {
    ledger.part = `block ${i}`
    if (recompute) ledger.keep("input of the block", tokens * config.dim, ledger.stream)
    else block(ledger, part, batch, length, i % 2n === 1n ? config.band : undefined)
  }
  ledger.part = "loss"
  if (config.final_norm) ledger.layerNorm("norm", tokens, config.dim)
  const whole = logits ?? !(tables.chunked && precision !== "autocast")
  loss(ledger, config, tokens, tensor, whole)
  return ledger.terms
}

function activationsOf(tables, config, rows, length, precision, parallel, recompute) {
  const { tensor, pipeline, stage, micro_batches } = parallel
  const computed = precision === "master" ? "bfloat16" : precision
  const logits = pipeline > 1n ? true : null
  const terms = gptActivations(tables, config, rows, length, computed, { recompute, logits, tensor })
  const share = config.layers / pipeline
  const own = (part) => {
    if (part === "embedding") return stage === 0n
    if (part === "loss") return stage === pipeline - 1n
    return BigInt(part.split(" ")[1]) / share === stage
  }
  const left = pipeline - stage
  const on_the_way = micro_batches < left ? micro_batches : left
  return on_the_way * sum(terms.filter((term) => own(term.part)).map((term) => term.nbytes))
}

// --- all together ---

// Bytes of each part of one rank's memory, in a training step of a GPT. Arguments and errors are Python's; `config`,
// `parallel` and the flags are given as plain objects.
export function estimateMemory(tables, settings) {
  const { precision = "float32", optimizer = "adamw", recompute = false, foreach = false } = settings
  const config = gptConfig(settings.config)
  const parallel = parallelOf(settings.parallel)
  const [batch, length] = [BigInt(settings.batch), BigInt(settings.length)]
  checkNames(tables, precision, optimizer)
  const pieces = parallel.data * parallel.micro_batches
  if (batch < 1n || batch % pieces)
    throw new ValueError(`expected a batch that is a multiple of ${pieces}, got ${batch}`, "batch")
  const weights = weightsOf(config, parallel)
  const states = parallel.zero
    ? zeroStates(tables, weights, precision, optimizer, foreach, parallel)
    : modelStates(tables, [...weights.values()], precision, optimizer, foreach)
  const activations = activationsOf(
    tables, config, batch / pieces, length, precision, parallel, recompute
  )
  const { micro_batches, pipeline, stage } = parallel
  const waiting = micro_batches > pipeline - stage ? states.gradients : 0n // one went back before
  return { ...memoryParts({ ...states, activations, waiting }), ranks: parallel.ranks }
}
