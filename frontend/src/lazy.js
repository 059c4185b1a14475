// Most pages have none of these, so they do not pay for them.
const PARTS = {
  "hallom-composer": () => import("./composer/index.js"),
  "hallom-board": () => import("./switchboard.js"),
  "hallom-floor": () => import("./supervisor.js"),
};

// A composer that is exchanged takes its stylesheet along, and would stand bare until the next one is read.
function keepStyles() {
  for (const link of document.querySelectorAll('body link[rel="stylesheet"][data-stays]')) {
    if (!document.head.querySelector(`link[href="${link.getAttribute("href")}"]`)) document.head.append(link.cloneNode());
  }
}

function load() {
  keepStyles();
  for (const [name, fetchPart] of Object.entries(PARTS)) {
    if (!customElements.get(name) && document.querySelector(name)) fetchPart();
  }
}

// A digit takes a call from the moment the console is seen, also while its script is still under way.
function keepDigit(event) {
  const board = /^[1-9+]$/.test(event.key) && !event.ctrlKey && !event.altKey && !event.metaKey && document.querySelector("hallom-board:not(:defined)");
  if (!board || event.defaultPrevented) return;
  board.dataset.early = event.key;
  event.preventDefault();
}

export function loadWhereNeeded(root) {
  root.addEventListener("keydown", keepDigit, true);
  root.addEventListener("htmx:after:swap", load);
  load();
}
