/** Ticking tickets of a list: all of the page at once, and how many they are. */

const boxes = () => [...document.querySelectorAll('input[name="number"][form="bulk"]')];

function tell() {
  const all = document.querySelector("[data-choose-all]");
  if (!all) return;
  const each = boxes();
  const chosen = each.filter((box) => box.checked).length;
  all.checked = chosen > 0 && chosen === each.length;
  all.indeterminate = chosen > 0 && !all.checked;
  const count = document.querySelector("[data-chosen-count]");
  if (count) count.textContent = String(chosen);
}

export function watchChoosing(root) {
  root.addEventListener("change", ({ target }) => {
    if (target.matches?.("[data-choose-all]")) for (const box of boxes()) box.checked = target.checked;
    if (target.closest?.(".pick")) tell();
  });
  root.addEventListener("htmx:after:swap", tell);
}
