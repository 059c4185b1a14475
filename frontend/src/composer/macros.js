import { announce } from "../notices.js";
import { icon, word } from "../words.js";

/** The chosen macros: each says what it will do at sending, and can be taken back until then. */
export class Macros {
  #box;
  #changed;

  constructor(box, { changed }) {
    this.#box = box;
    this.#changed = changed;
  }

  get isEmpty() {
    return !this.#box.childElementCount;
  }

  start(given) {
    this.#box.replaceChildren();
    for (const macro of given) this.add(macro);
  }

  add({ id, label, acts }) {
    if ([...this.#box.querySelectorAll("input")].some((field) => field.value === String(id))) return;
    const row = document.createElement("div");
    row.className = "macro";
    const name = document.createElement("b");
    name.textContent = label;
    const words = document.createElement("span");
    words.append(name, ` – ${word("composer.on_sending")} ${acts.map((act) => act.replace(/\.$/, "")).join(", ")}`);
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = "macro";
    field.value = id;
    row.append(icon("macro"), words, this.#remover(row, label), field);
    this.#box.append(row);
    announce(words.textContent);
    this.#changed();
  }

  #remover(row, label) {
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("aria-label", word("composer.drop_macro", { name: label }));
    button.append(icon("remove"));
    button.addEventListener("click", () => {
      row.remove();
      this.#changed();
    });
    return button;
  }
}
