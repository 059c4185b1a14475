const texts = new Map();

function load() {
  for (const template of document.querySelectorAll("#words, template[data-words]")) {
    for (const element of template.content.querySelectorAll("[data-word]")) texts.set(element.dataset.word, element.textContent);
  }
}

export function word(key, values = {}) {
  // A page that comes later may bring words of its own.
  if (!texts.has(key)) load();
  const text = texts.get(key) ?? key;
  return text.replace(/%\((\w+)\)s/g, (whole, name) => values[name] ?? whole);
}

export function closeIcon() {
  return document.getElementById("words")?.content.querySelector("b svg")?.cloneNode(true) ?? "×";
}

/** A copy of an icon that a template with words brings along. */
export function icon(name) {
  for (const template of document.querySelectorAll("template[data-words]")) {
    const found = template.content.querySelector(`[data-icon="${name}"] svg`);
    if (found) return found.cloneNode(true);
  }
  return "";
}
