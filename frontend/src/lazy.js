// Most pages have none of these, so they do not pay for them.
const PARTS = { "hallom-composer": () => import("./composer/index.js") };

function load() {
  for (const [name, fetchPart] of Object.entries(PARTS)) {
    if (!customElements.get(name) && document.querySelector(name)) fetchPart();
  }
}

export function loadWhereNeeded(root) {
  root.addEventListener("htmx:after:swap", load);
  load();
}
