const OFF = "hallom-single-keys-off";

export function isTyping(element) {
  return Boolean(element?.closest?.("input:not([type=checkbox], [type=radio], [type=button]), textarea, select, [contenteditable=true], [contenteditable='']"));
}

function listHere() {
  const active = document.activeElement?.closest?.("[data-keylist]");
  return active ?? document.querySelector("[data-keylist]");
}

function step(direction) {
  const items = [...(listHere()?.querySelectorAll("[data-key-item]") ?? [])];
  if (!items.length) return;
  const focused = items.indexOf(document.activeElement);
  const current = focused >= 0 ? focused : items.findIndex((item) => item.hasAttribute("aria-current"));
  const next = items[Math.min(Math.max(current + direction, 0), items.length - 1)];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

function tick() {
  document.activeElement?.closest?.("[data-keylist] tr")?.querySelector(".pick input")?.click();
}

function use(letter) {
  const element = document.querySelector(`[data-key="${CSS.escape(letter)}"]`);
  if (!element) return false;
  if (element.matches("input[type=radio]")) {
    element.click();
    element.closest("form")?.querySelector("hallom-composer, textarea")?.focus();
  } else if (isTyping(element)) element.focus();
  else {
    // From its button the keyboard goes on into a menu.
    if (element.matches("[popovertarget]")) element.focus();
    element.click();
  }
  return true;
}

function send(event) {
  const form = event.target.closest?.("form[data-submit]");
  if (!form) return false;
  form.requestSubmit(form.querySelector("button[data-chosen]"));
  return true;
}

function press(event) {
  if (event.defaultPrevented || event.isComposing) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    if (send(event)) event.preventDefault();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (event.key === "?") document.getElementById("keys")?.showModal();
  else if (localStorage.getItem(OFF) || document.querySelector("dialog[open]")) return;
  else if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
  else if (event.key === "x") tick();
  else if (!/^[a-z/]$/i.test(event.key) || !use(event.key.toLowerCase())) return;
  event.preventDefault();
}

export function watchKeys(root) {
  root.addEventListener("keydown", press);
  root.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-key-help]")) document.getElementById("keys")?.showModal();
    if (event.target.closest?.("#keys a")) document.getElementById("keys").close();
  });
  const off = root.getElementById("single-keys");
  if (!off) return;
  off.checked = !localStorage.getItem(OFF);
  off.addEventListener("change", () => (off.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "1")));
}
