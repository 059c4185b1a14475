// What is typed to look for somebody stands in no address. The step in the history keeps it, so that it is there again
// after a reload and on the way back; it never leaves this tab.

const formIn = (root) => root.querySelector("form[data-typed]");
const fields = (form) => [...form.querySelectorAll("input[type=search], input[type=text]")].filter((field) => field.name);

function keep(form) {
  const typed = Object.fromEntries(fields(form).map((field) => [field.name, field.value]));
  history.replaceState({ htmx: true, ...history.state, typed: { form: form.id, ...typed } }, "");
}

function bringBack(root) {
  const form = formIn(root);
  if (!form) return;
  const kept = history.state?.typed;
  if (kept?.form !== form.id) {
    if (fields(form).some((field) => field.defaultValue)) keep(form);
    return;
  }
  const changed = fields(form).filter((field) => (kept[field.name] ?? "") !== field.defaultValue);
  for (const field of changed) {
    field.value = kept[field.name] ?? "";
    if (field.value) field.closest("details")?.setAttribute("open", "");
  }
  if (!changed.length) return;
  form.addEventListener("formdata", withAddress, { once: true });
  form.requestSubmit();
}

// The page of a list and the view it came from are chosen outside the form.
function withAddress({ formData }) {
  for (const [name, value] of new URLSearchParams(location.search)) if (!formData.has(name)) formData.set(name, value);
}

export function watchTyped(root) {
  root.addEventListener("input", ({ target }) => target.form?.matches("[data-typed]") && keep(target.form));
  root.addEventListener("htmx:after:history:replace", () => formIn(root) && keep(formIn(root)));
  root.addEventListener("htmx:after:swap", ({ detail }) => {
    const target = detail.ctx?.target;
    if (target === document.body || target?.id === "main") bringBack(root);
  });
  // The browser gives fields of its own accord what was in them, and htmx has to know the form first.
  addEventListener("load", () => setTimeout(() => bringBack(root)));
}
