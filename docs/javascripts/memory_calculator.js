// <memory-calculator>: a form above the table that the page has without it. What is computed stands in
// memory_estimate.js. The settings are kept in the page's address, so that a result can be linked.

import { estimateMemory } from "./memory_estimate.js"

const SIZES = ["layers", "dim", "heads", "vocab", "context"]
const OWN = "own"

// Every setting: its label, and where a number is asked for, the least and the largest that the form takes.
// Python has no largest ones; they keep the form quick and the numbers on the page.
const LARGEST = 999_999_999
const number = (label, min = 1, max = LARGEST) => ({ label, kind: "number", min, max })
const choice = (label) => ({ label, kind: "choice" })
const flag = (label) => ({ label, kind: "flag" })
const GROUPS = {
  Model: {
    model: choice("Preset"),
    layers: number("Layers", 1, 1000),
    dim: number("Width (dim)"),
    heads: number("Heads"),
    vocab: number("Vocabulary"),
    context: number("Context"),
    band: { ...number("Band (optional)"), optional: true },
    dropout: flag("Dropout"),
  },
  Batch: {
    batch: number("Sequences", null),
    length: number("Tokens in each", null),
    recompute: flag("Recompute"),
  },
  "Numbers and optimizer": {
    precision: choice("Precision"),
    optimizer: choice("Optimizer"),
    foreach: flag("foreach"),
  },
  Ranks: {
    data: number("Data ranks"),
    zero: choice("ZeRO stage"),
    tensor: number("Tensor ranks"),
    pipeline: number("Pipeline ranks"),
    micro_batches: number("Micro-batches"),
    stage: number("Stage, from 0", null),
  },
  Device: { device: { ...number("GiB (optional)"), optional: true } },
}
const FIELDS = Object.assign({}, ...Object.values(GROUPS))
const PARALLEL = Object.keys(GROUPS.Ranks)
const DEFAULTS = {
  batch: "1", precision: "float32", optimizer: "adamw", data: "1", zero: "0", tensor: "1", pipeline: "1",
  micro_batches: "1", stage: "0", recompute: "", foreach: "", dropout: "", band: "", device: "",
}

const PARTS = {
  parameters: "Parameters",
  gradients: "Gradients",
  master: "Master weights",
  optimizer: "Optimizer state",
  activations: "Activations",
  in_flight: "In flight",
  step_temporaries: "Temporaries",
  waiting: "Gradients waiting",
}
const MOMENTS = {
  after_forward: ["After forward", ["parameters", "waiting", "master", "optimizer", "activations"]],
  in_step: ["In the step", ["parameters", "gradients", "master", "optimizer", "step_temporaries"]],
}
const COLOURS = { parameters: 1, gradients: 2, master: 3, optimizer: 4, activations: 5, step_temporaries: 6, waiting: 2 }

// --- numbers in words ---

// As Python's f"{nbytes / 2**30:,.2f}": a tie goes to the even digit.
export function gib(nbytes) {
  const scaled = nbytes * 100n
  let hundredths = scaled >> 30n
  const rest = scaled - (hundredths << 30n)
  if (rest > 1n << 29n || (rest === 1n << 29n && hundredths % 2n)) hundredths += 1n
  return `${grouped(hundredths / 100n)}.${String(hundredths % 100n).padStart(2, "0")}`
}

const grouped = (whole) => String(whole).replace(/\B(?=(\d{3})+$)/g, ",")

// --- settings: from texts, to an address, to Python ---

// What the estimator is asked, or { errors }: a sentence for each field that can't be read.
export function read(texts) {
  const errors = {}
  const found = {}
  for (const [name, { label, kind, min, max, optional }] of Object.entries(FIELDS)) {
    if (kind !== "number") continue
    const text = texts[name].trim()
    if (!text && optional) continue
    const least = min ?? -max
    if (!/^-?\d+$/.test(text)) errors[name] = `expected a whole number, got ${text || "nothing"}`
    else if (BigInt(text) < least) errors[name] = `expected ${min} or more, got ${text}`
    else if (BigInt(text) > max) errors[name] = `expected at most ${grouped(max)} on this page, got ${text}`
    else found[name] = BigInt(text)
  }
  if (Object.keys(errors).length) return { errors }
  const take = (names) => Object.fromEntries(names.map((name) => [name, found[name]]))
  return {
    config: { ...take(SIZES), band: found.band, dropout: texts.dropout ? 0.1 : 0 },
    parallel: { ...take(PARALLEL.filter((name) => name !== "zero")), zero: BigInt(texts.zero) },
    batch: found.batch,
    length: found.length,
    precision: texts.precision,
    optimizer: texts.optimizer,
    recompute: Boolean(texts.recompute),
    foreach: Boolean(texts.foreach),
    device: found.device,
  }
}

// The program that prints the same.
export function python(asked) {
  const { config, parallel, batch, length, precision, optimizer } = asked
  const fields = ["vocab", "context", "dim", "layers", "heads"].map((name) => `${name}=${config[name]}`)
  if (config.band !== undefined) fields.push(`band=${config.band}`)
  if (config.dropout) fields.push(`dropout=${config.dropout}`)
  const spread = PARALLEL.filter((name) => String(parallel[name]) !== DEFAULTS[name])
  const given = [`config, ${batch}, ${length}, "${precision}", "${optimizer}"`]
  if (spread.length) given.push(`Parallel(${spread.map((n) => `${n}=${parallel[n]}`).join(", ")})`)
  for (const name of ["recompute", "foreach"]) if (asked[name]) given.push(`${name}=True`)
  return [
    "from reference_impl.gpt import GPTConfig",
    `from reference_impl.memory import ${spread.length ? "Parallel, " : ""}estimate_memory`,
    "",
    `config = GPTConfig(${fields.join(", ")})`,
    `parts = estimate_memory(${given.join(", ")})`,
    'print(f"{parts.floor:,}")',
  ].join("\n")
}

// --- the element ---

// An element with attributes and children; texts are texts, never markup.
function make(tag, attributes = {}, ...children) {
  const svg = ["svg", "rect", "line"].includes(tag)
  const element = svg
    ? document.createElementNS("http://www.w3.org/2000/svg", tag)
    : document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
  element.append(...children)
  return element
}

class MemoryCalculator extends HTMLElement {
  connectedCallback() {
    if (this.form) return // moved, not new
    this.tables = JSON.parse(this.dataset.tables)
    this.controls = {}
    this.errors = {}
    this.form = this.makeForm()
    this.result = this.makeResult()
    this.prepend(make("div", { class: "calculator" }, this.form, this.result))
    for (const row of this.querySelectorAll("tr[data-model]")) {
      const title = row.querySelector("th")
      const link = make("a", { href: `?model=${row.dataset.model}` }, title.textContent)
      title.replaceChildren(link)
    }
    this.form.addEventListener("input", (event) => this.changed(event.target.name))
    this.form.addEventListener("submit", (event) => event.preventDefault())
    this.follow = (event) => this.followLink(event)
    this.again = () => this.load(location.search)
    document.addEventListener("click", this.follow, { capture: true })
    window.addEventListener("popstate", this.again)
    this.load(location.search)
  }

  disconnectedCallback() {
    document.removeEventListener("click", this.follow, { capture: true })
    window.removeEventListener("popstate", this.again)
  }

  // --- what is built once ---

  makeForm() {
    const form = make("form", { class: "calculator__form", "aria-label": "Memory calculator", novalidate: "" })
    for (const [legend, fields] of Object.entries(GROUPS)) {
      const group = make("div", { class: "calculator__fields" })
      for (const [name, field] of Object.entries(fields)) group.append(this.makeField(name, field))
      form.append(make("fieldset", {}, make("legend", {}, legend), group))
    }
    return form
  }

  makeField(name, { label, kind, min, max }) {
    const id = `calculator-${name}`
    const error = make("p", { class: "calculator__error", id: `${id}-error`, hidden: "" })
    const common = { id, name, "aria-describedby": error.id, autocomplete: "off" }
    let control
    if (kind === "choice") {
      control = make("select", common)
      for (const [value, text] of this.choices(name)) control.append(make("option", { value }, text))
    } else if (kind === "flag") control = make("input", { ...common, type: "checkbox", value: "1" })
    else control = make("input", { ...common, type: "number", min: min ?? 0, max, step: 1 })
    this.controls[name] = control
    this.errors[name] = error
    const title = make("label", { for: id }, label)
    const order = kind === "flag" ? [control, title] : [title, control]
    return make("div", { class: `calculator__field calculator__field--${kind}` }, ...order, error)
  }

  choices(name) {
    const { models, precisions, optimizers } = this.tables
    if (name === "model")
      return [...Object.entries(models).map(([key, { title }]) => [key, title]), [OWN, "own sizes"]]
    if (name === "zero")
      return [["0", "none"], ...["1", "2", "3"].map((stage) => [stage, `ZeRO-${stage}`])]
    return Object.keys(name === "precision" ? precisions : optimizers).map((key) => [key, key])
  }

  makeResult() {
    const ids = Object.values(this.controls).map((control) => control.id)
    this.summary = make("output", { class: "calculator__summary", for: ids.join(" ") })
    this.bars = make("div", { class: "calculator__bars" })
    this.cells = {}
    const body = make("tbody")
    for (const [name, label] of [
      ...Object.entries(PARTS),
      ...Object.entries(MOMENTS).map(([moment, [title]]) => [moment, title]),
      ["floor", "Floor, the larger"],
    ]) {
      const swatch = name in COLOURS ? this.swatch(name) : ""
      this.cells[name] = [make("td"), make("td")]
      const kind = name in PARTS ? {} : { class: "calculator__sum" }
      body.append(make("tr", kind, make("th", { scope: "row" }, swatch, label), ...this.cells[name]))
    }
    const head = make("tr", {}, ...["Part", "Bytes", "GiB"].map((text) => make("th", { scope: "col" }, text)))
    const table = make(
      "table", { class: "calculator__parts" },
      make("caption", {}, "One rank, each part"), make("thead", {}, head), body
    )
    // No <code> in it: Material would put a second button to copy there.
    this.program = make("pre", { tabindex: "0", role: "group", "aria-label": "The same in Python" })
    const copy = make("button", { type: "button", class: "calculator__copy" }, "Copy")
    copy.addEventListener("click", () => this.copy(copy))
    const title = make("p", {}, make("strong", {}, "In Python"), copy)
    this.python = make("div", { class: "calculator__python" }, title, this.program)
    return make("div", { class: "calculator__result" }, this.summary, this.bars, table, this.python)
  }

  swatch(name) {
    const colour = `var(--figure-${COLOURS[name]})`
    const rect = make("rect", { width: "10", height: "10", style: `fill: ${colour}` })
    return make("svg", { class: "calculator__swatch", viewBox: "0 0 10 10", "aria-hidden": "true" }, rect)
  }

  // --- settings in and out ---

  get texts() {
    const texts = {}
    for (const [name, control] of Object.entries(this.controls)) {
      const bad = control.validity.badInput // letters in a field of numbers, which it does not tell
      texts[name] = control.type === "checkbox" ? (control.checked ? "1" : "") : bad ? "letters" : control.value
    }
    return texts
  }

  set(name, text) {
    const control = this.controls[name]
    if (control.type === "checkbox") control.checked = text === "1"
    else control.value = text
  }

  // Takes all settings from an address's query; what it does not name has its default.
  load(search) {
    const query = new URLSearchParams(search)
    const models = this.tables.models
    const asked = query.get("model")
    const model = Object.hasOwn(models, asked) || asked === OWN ? asked : Object.keys(models)[0]
    const sizes = models[model] ?? Object.values(models)[0]
    const defaults = { ...DEFAULTS, ...sizes, length: (model === OWN && query.get("context")) || sizes.context }
    this.set("model", model)
    for (const name of Object.keys(FIELDS)) {
      if (name === "model") continue
      const text = SIZES.includes(name) && model !== OWN ? null : query.get(name)
      const known = FIELDS[name].kind !== "choice" || this.choices(name).some(([key]) => key === text)
      this.set(name, text !== null && known ? text : String(defaults[name]))
    }
    this.update()
  }

  // The query that `load` takes; without what it would take anyway.
  get query() {
    const texts = this.texts
    const query = new URLSearchParams({ model: texts.model })
    const sizes = texts.model === OWN ? {} : this.tables.models[texts.model]
    const defaults = { ...DEFAULTS, ...sizes, length: texts.context }
    for (const [name, text] of Object.entries(texts))
      if (name !== "model" && text !== String(defaults[name])) query.set(name, text)
    return query
  }

  changed(name) {
    const texts = this.texts
    if (name === "model" && texts.model !== OWN) {
      const sizes = this.tables.models[texts.model]
      for (const size of SIZES) this.set(size, String(sizes[size]))
      this.set("length", String(sizes.context))
    }
    if (SIZES.includes(name)) this.set("model", OWN)
    this.update()
    try {
      history.replaceState(history.state, "", `?${this.query}${location.hash}`)
    } catch {
      // A browser may refuse where this comes too often; the next change is written again.
    }
  }

  // A link of this page with settings sets the form, and the page stays. Material would take it for a step back.
  followLink(event) {
    const link = event.target.closest?.("a[href]")
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
    if (link.origin + link.pathname !== location.origin + location.pathname) return
    if (!new URLSearchParams(link.search).has("model")) return
    event.preventDefault()
    event.stopPropagation()
    history.pushState(null, "", link.href)
    this.load(link.search)
    this.controls.model.focus({ preventScroll: true })
    this.scrollIntoView({ block: "start" })
  }

  // --- the answer ---

  update() {
    const asked = read(this.texts)
    let { errors } = asked
    let parts
    if (!errors)
      try {
        parts = estimateMemory(this.tables, asked)
      } catch (error) {
        if (error.field === undefined) throw error
        errors = { [error.field]: error.message }
      }
    for (const [name, element] of Object.entries(this.errors)) {
      const message = errors?.[name] ?? ""
      if (element.textContent !== message) element.textContent = message
      element.hidden = !message
      if (message) this.controls[name].setAttribute("aria-invalid", "true")
      else this.controls[name].removeAttribute("aria-invalid")
    }
    this.show(parts, asked, errors)
  }

  show(parts, asked, errors) {
    for (const [name, [bytes, size]] of Object.entries(this.cells)) {
      bytes.textContent = parts ? grouped(parts[name]) : "–"
      size.textContent = parts ? gib(parts[name]) : "–"
    }
    this.program.textContent = parts ? python(asked) : ""
    this.python.hidden = !parts
    this.summary.textContent = parts ? this.inWords(parts, asked) : this.wrongInWords(errors)
    this.bars.replaceChildren(...(parts ? this.drawn(parts, asked) : []))
  }

  wrongInWords(errors) {
    const [[name, message]] = Object.entries(errors)
    return `No result: ${FIELDS[name].label}: ${message}.`
  }

  inWords(parts, { device }) {
    const rank = parts.ranks === 1n ? "One rank" : `One of ${grouped(parts.ranks)} ranks`
    const moment = parts.after_forward > parts.in_step ? "after forward" : "in the optimizer's step"
    let words = `${rank} needs at least ${gib(parts.floor)} GiB, ${moment}.`
    if (device !== undefined) {
      const left = device * 2n ** 30n - parts.floor
      words += left < 0n ? ` That is ${gib(-left)} GiB more than the device has.`
        : ` Of ${grouped(device)} GiB that leaves ${gib(left)} for what is not in the floor.`
    }
    return words
  }

  // A bar for each of two moments, with one scale.
  drawn(parts, { device }) {
    const limit = device === undefined ? 0n : device * 2n ** 30n
    const widest = limit > parts.floor ? limit : parts.floor
    const place = (nbytes) => Number((nbytes * 100_000n) / widest) / 1000 // percent
    return Object.entries(MOMENTS).map(([moment, [title, names]]) => {
      const shown = names.filter((name) => parts[name])
      const each = shown.map((name) => `${PARTS[name].toLowerCase()} ${gib(parts[name])} GiB`)
      const label = `${title}: ${each.join(", ")}.`
      const svg = make("svg", { viewBox: "0 0 100 8", preserveAspectRatio: "none", role: "img", "aria-label": label })
      let left = 0n
      for (const name of shown) {
        const x = place(left)
        left += parts[name]
        svg.append(make("rect", {
          x, y: "0", height: "8", width: place(left) - x, style: `fill: var(--figure-${COLOURS[name]})`,
        }))
      }
      if (limit) svg.append(make("line", { x1: place(limit), x2: place(limit), y1: "0", y2: "8" }))
      return make("div", { class: "calculator__bar" }, make("p", {}, `${title}: ${gib(parts[moment])} GiB`), svg)
    })
  }

  async copy(button) {
    const selection = getSelection()
    selection.selectAllChildren(this.program) // where there is no clipboard, it can be copied by hand
    try {
      await navigator.clipboard.writeText(this.program.textContent)
      button.textContent = "Copied"
      selection.removeAllRanges()
    } catch {
      button.textContent = "Selected"
    }
  }
}

customElements.define("memory-calculator", MemoryCalculator)
