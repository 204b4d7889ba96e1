// What Material's own script leaves open for who uses a keyboard or a screen reader.

// A formula or table wider than the screen scrolls; the keyboard must be able to reach it.
const widths = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth) {
      target.tabIndex = 0
      target.setAttribute("role", "group")
      target.setAttribute("aria-label", target.matches(".formula--block") ? "Formula" : "Table")
    } else {
      for (const name of ["tabindex", "role", "aria-label"]) target.removeAttribute(name)
    }
  }
})

function care(root) {
  for (const element of root.querySelectorAll(".formula--block, .md-typeset__scrollwrap"))
    widths.observe(element)
  // Landmarks that are none: one around each copy button, one around each branch of a table of contents.
  for (const element of root.querySelectorAll(".md-code__nav, .md-nav--secondary .md-nav")) {
    element.setAttribute("role", "none")
    element.removeAttribute("aria-label")
  }
  // While a link or button has the focus, its title is taken away and shown as a tip; a name must stay.
  for (const element of root.querySelectorAll("a[title]:not([aria-label]), button[title]:not([aria-label])"))
    if (!element.textContent.trim()) element.setAttribute("aria-label", element.title)
  // A section of the menu that has a page of its own takes its name from a label that is empty.
  for (const element of root.querySelectorAll(".md-nav[aria-labelledby]")) {
    const title = element.querySelector(":scope > .md-nav__title")?.textContent.trim()
    if (!title) continue
    element.removeAttribute("aria-labelledby")
    element.setAttribute("aria-label", title)
  }
}

document.querySelector(".md-search")?.setAttribute("aria-label", "Search")
care(document)

// Material adds its buttons when a block comes into view, and instant navigation brings whole pages.
new MutationObserver((changes) => {
  for (const { target } of changes) care(target)
}).observe(document.body, { childList: true, subtree: true })
