const names = ["light", "dark"];

function apply(theme) {
  if (names.includes(theme)) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
}

document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-theme-form]");
  if (!form) return;
  event.preventDefault();
  const theme = event.submitter?.value ?? "";
  apply(theme);
  for (const button of form.querySelectorAll("[name=theme]")) {
    button.setAttribute("aria-pressed", String(button.value === theme));
  }
  const body = new FormData(form);
  body.set("theme", theme);
  // The choice shows at once; should keeping it fail, the next page has the old one and nothing is lost.
  fetch(form.action, { method: "POST", body, headers: { "HX-Request": "true" } }).catch(() => {});
});
