/** What unfolds below the customer's card comes into sight, also when its content has yet to be fetched. */

let waits = false;

function show(part) {
  part.scrollIntoView({ block: "start" });
  waits = !document.getElementById("ticket-aside");
}

export function watchUnfolding(root) {
  root.addEventListener("toggle", ({ target }) => {
    if (target.id !== "more-about" || !target.open) return;
    target.querySelector("summary").focus({ preventScroll: true });
    show(target);
  }, { capture: true });
  root.addEventListener("htmx:after:swap", () => {
    const part = document.getElementById("more-about");
    if (waits && part?.open) show(part);
  });
}
