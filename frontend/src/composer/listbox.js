import { announce } from "../notices.js";
import { icon, word } from "../words.js";
import { hide, showNear } from "./popups.js";

// The server sends no more of templates, macros and articles together.
const MOST = 8;
let made = 0;

/** Choices that the arrow keys go through while the focus stays where one types. */
export class Listbox {
  #box;
  #owner;
  #items = [];
  #at = 0;
  // Where the arrow keys have gone: it stays chosen when the list is found anew.
  #moved = null;
  #choose = () => {};
  #said = "";
  #isLoading = false;
  // Enter was pressed before the answer to what is typed had come: what it then chooses is meant.
  #isAwaited = false;

  constructor(host, owner, label) {
    this.#owner = owner;
    this.#box = document.createElement("div");
    this.#box.id = `choices-${++made}`;
    this.#box.className = "choices-popup";
    this.#box.popover = "manual";
    this.#box.role = "listbox";
    this.#box.setAttribute("aria-label", label);
    host.append(this.#box);
  }

  get isOpen() {
    return this.#box.matches(":popover-open");
  }

  show(items, { rect, choose, loading }) {
    this.#choose = choose;
    if (!rect) return this.close();
    this.#isLoading = loading;
    // Until its answer comes, what is shown was found by fewer letters.
    if (loading) return void (this.isOpen && showNear(this.#box, rect));
    const isAwaited = this.#isAwaited;
    this.#items = items.slice(0, MOST);
    this.#at = Math.max(0, this.#items.findIndex((item) => item.id === this.#moved));
    if (!this.#items.length) this.close();
    this.#say();
    if (!this.#items.length) return;
    if (isAwaited) return this.#choose(this.#items[this.#at]);
    this.#box.replaceChildren(...this.#items.map((item, index) => this.#option(item, index)));
    showNear(this.#box, rect);
    this.#owner.setAttribute("aria-controls", this.#box.id);
    this.#mark();
  }

  /** True when the key was meant for the list. */
  press(event) {
    if (!this.isOpen) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const isTaking = event.key === "Enter" || event.key === "Tab";
    this.#isAwaited = isTaking && this.#isLoading;
    if (this.#isAwaited) return true;
    if (step) this.#move(step);
    else if (isTaking) this.#choose(this.#items[this.#at]);
    else return false;
    this.#mark();
    return true;
  }

  close() {
    this.#items = [];
    this.#said = "";
    this.#moved = null;
    this.#isLoading = this.#isAwaited = false;
    hide(this.#box);
    for (const name of ["aria-controls", "aria-activedescendant"]) this.#owner.removeAttribute(name);
  }

  remove() {
    this.close();
    this.#box.remove();
  }

  #move(step) {
    this.#at = (this.#at + step + this.#items.length) % this.#items.length;
    this.#moved = this.#items[this.#at].id;
  }

  #say() {
    const text = this.#items.length ? word("composer.choices", { count: this.#items.length }) : word("composer.no_choices");
    if (text !== this.#said) announce(text);
    this.#said = text;
  }

  #option(item, index) {
    const option = document.createElement("div");
    option.id = `${this.#box.id}-${index}`;
    option.role = "option";
    const label = document.createElement("b");
    label.textContent = item.label;
    const detail = document.createElement("span");
    detail.textContent = item.detail ?? "";
    option.append(icon(item.kind ?? "person"), label, detail);
    // The focus must not leave the text.
    option.addEventListener("pointerdown", (event) => event.preventDefault());
    option.addEventListener("click", () => this.#choose(item));
    return option;
  }

  #mark() {
    [...this.#box.children].forEach((option, index) => option.setAttribute("aria-selected", String(index === this.#at)));
    const current = this.#box.children[this.#at];
    if (current && this.isOpen) this.#owner.setAttribute("aria-activedescendant", current.id);
  }
}
