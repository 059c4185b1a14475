/** Under a ticket: answer, note and call have a form and a text of their own each, and what the page had shown when one
 *  began to write is told along, so that a send stops when something newer has come. */

const place = () => document.getElementById("composer");
const forms = new WeakMap();

function keptIn(composing) {
  if (!forms.has(composing)) forms.set(composing, new Map());
  return forms.get(composing);
}

async function formOf(composing, form, kind) {
  const kept = keptIn(composing).get(kind);
  if (kept) return kept;
  const ready = composing.querySelector(`template[data-composer="${kind}"]`);
  if (ready) return ready.content.querySelector("form");
  const answer = await fetch(`${form.dataset.url}?kind=${kind}`, { headers: { "HX-Request": "true" } });
  if (!answer.ok) return null;
  const holder = document.createElement("template");
  holder.innerHTML = await answer.text();
  return holder.content.querySelector("form");
}

function show(composing, form, next) {
  keptIn(composing).set(form.dataset.kind, form);
  form.replaceWith(next);
  window.htmx?.process(next);
  focusIn(next);
}

async function change(radio) {
  const { form } = radio;
  const composing = form.closest("#composer");
  const { kind } = form.dataset;
  const wanted = radio.value;
  // This form stays what it is: its text must never become of another kind by a key.
  form.querySelector(`input[name="kind"][value="${kind}"]`).checked = true;
  const next = await formOf(composing, form, wanted);
  if (next && form.isConnected) show(composing, form, next);
}

function focusIn(form) {
  const to = form.querySelector('input[name="to"]');
  if (to && !to.value) (to.closest("hallom-people") ?? to).focus();
  else whenReady(form.querySelector("hallom-composer"), (field) => field.focus());
}

async function whenReady(field, act) {
  if (!field) return;
  await customElements.whenDefined("hallom-composer");
  act(field);
}

/** From the first key on, what arrives is new to the author. */
function noteSeen(form) {
  if (form.dataset.begun) return;
  form.dataset.begun = "1";
  const seen = document.getElementById("stream")?.dataset.seen;
  const field = form.elements.seen;
  // A draft of which nothing is left says nothing of what its author has read since.
  const plain = form.querySelector("hallom-composer textarea");
  const isFresh = !plain?.dataset.html && !plain?.defaultValue;
  if (seen && field && (isFresh || !field.value)) field.value = seen;
}

function watchUndo(root) {
  for (const bar of root.querySelectorAll(".undo[data-until]")) {
    const left = Number(bar.dataset.until) * 1000 - Date.now();
    setTimeout(() => bar.remove(), Math.max(left, 0));
  }
}

function unfold(button) {
  const part = document.getElementById(button.dataset.unfold);
  part.hidden = !part.hidden;
  button.setAttribute("aria-expanded", String(!part.hidden));
  if (!part.hidden) part.querySelector("hallom-people, input")?.focus();
}

export function watchWriting(root) {
  root.addEventListener("change", (event) => {
    const radio = event.target.closest?.('#composer form[data-kind] input[name="kind"]');
    if (!radio || radio.value === radio.form.dataset.kind) return;
    event.stopPropagation();
    change(radio);
  }, { capture: true });
  root.addEventListener("input", (event) => {
    const form = event.target.closest?.("#composer form[data-kind]");
    if (form) noteSeen(form);
  });
  root.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-unfold]");
    if (button) unfold(button);
  });
  const arrived = () => {
    const composing = place();
    if (!composing) return;
    watchUndo(composing);
    if (composing.matches("[data-asked]")) {
      composing.removeAttribute("data-asked");
      focusIn(composing.querySelector("form[data-kind]"));
    }
  };
  // The first of the two is lost when the form that asked is gone and push has replaced the stream meanwhile.
  for (const name of ["htmx:after:swap", "htmx:after:settle"]) root.addEventListener(name, arrived);
}
