import { announce } from "../notices.js";

/** Words about the text with the ways out of it, between text and tools; the newest one is shown. */
export class Banner {
  #box;

  constructor(box) {
    this.#box = box;
  }

  get text() {
    return this.#box.querySelector("p")?.textContent ?? "";
  }

  /** `ways`: `[[label, act], …]`; an act closes it. */
  show(text, ways = []) {
    const words = document.createElement("p");
    words.textContent = text;
    this.#box.replaceChildren(words, ...ways.map(([label, act]) => this.#way(label, act)));
    this.#box.hidden = false;
    announce(text);
  }

  hide() {
    this.#box.hidden = true;
    this.#box.replaceChildren();
  }

  #way(label, act) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn";
    button.textContent = label;
    button.addEventListener("click", () => {
      this.hide();
      act();
    });
    return button;
  }
}
