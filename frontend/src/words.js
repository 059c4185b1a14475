const texts = new Map();

function load() {
  const template = document.getElementById("words");
  for (const element of template?.content.querySelectorAll("[data-word]") ?? []) {
    texts.set(element.dataset.word, element.textContent);
  }
}

export function word(key, values = {}) {
  if (!texts.size) load();
  const text = texts.get(key) ?? key;
  return text.replace(/%\((\w+)\)s/g, (whole, name) => values[name] ?? whole);
}

export function closeIcon() {
  return document.getElementById("words")?.content.querySelector("b svg")?.cloneNode(true) ?? "×";
}
