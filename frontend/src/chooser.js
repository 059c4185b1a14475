import { announce, toast } from "./notices.js";
import { word } from "./words.js";
import { token } from "./csrf.js";

const PAUSE_MS = 120;

/** A dialog with a search field and options below it that come from the server; arrow keys mark, Enter chooses. */
export class Chooser extends HTMLElement {
  #at = 0;
  #timer = 0;
  #asking = new AbortController();
  #answer = Promise.resolve();
  #isAwaited = false;

  connectedCallback() {
    if (this.dialog) return;
    this.dialog = this.querySelector("dialog");
    this.input = this.querySelector("input[role=combobox]");
    this.box = this.querySelector("[role=listbox]");
    this.none = this.querySelector("[data-none]");
    this.input.addEventListener("input", () => this.later());
    this.dialog.addEventListener("keydown", (event) => this.press(event));
    this.dialog.addEventListener("click", (event) => this.#click(event));
    this.dialog.addEventListener("close", () => this.closed());
  }

  get options() {
    return [...this.box.querySelectorAll("[role=option]")];
  }

  get marked() {
    return this.options[this.#at];
  }

  /** What is asked for. */
  get text() {
    return this.input.value;
  }

  /** What is asked for beside the text. */
  get query() {
    return {};
  }

  show() {
    if (this.dialog.open || document.querySelector("dialog[open]")) return false;
    this.input.value = "";
    this.box.replaceChildren();
    this.none.hidden = true;
    this.dialog.showModal();
    this.input.focus();
    clearTimeout(this.#timer);
    this.#await(this.#ask());
    return true;
  }

  closed() {}

  later() {
    clearTimeout(this.#timer);
    this.#await(new Promise((done) => (this.#timer = setTimeout(() => this.#ask().then(done), PAUSE_MS))));
  }

  #await(answer) {
    this.#answer = answer;
    this.#isAwaited = true;
    answer.then(() => this.#answer === answer && (this.#isAwaited = false));
  }

  /** The same options as they are now. What was typed is on its way already: to overtake it would choose from the old. */
  refresh() {
    if (this.dialog.open && !this.#isAwaited) this.#ask({ quietly: true });
  }

  async #ask({ quietly = false } = {}) {
    this.#asking.abort();
    this.#asking = new AbortController();
    const body = new URLSearchParams({ q: this.text, ...this.query });
    try {
      const response = await fetch(this.dataset.url, { method: "POST", body, headers: { "HX-Request": "true", "X-CSRFToken": token() }, signal: this.#asking.signal });
      if (response.redirected) toast(word("connection.signed_out"), "error");
      else if (response.ok) this.#paint(await response.text(), quietly);
      else toast(word("request.failed"), "error");
    } catch (error) {
      if (error.name !== "AbortError") toast(word("request.failed"), "error");
    }
  }

  #paint(html, quietly) {
    const before = quietly ? this.marked?.dataset.to : "";
    this.box.innerHTML = html;
    const { options } = this;
    this.none.hidden = options.length > 0;
    this.mark(Math.max(0, before ? options.findIndex((option) => option.dataset.to === before) : 0));
    if (this.input.value && !quietly) announce(word(options.length ? "palette.found" : "palette.none", { count: options.length }));
  }

  mark(index) {
    const { options } = this;
    this.#at = options.length ? (index + options.length) % options.length : 0;
    options.forEach((option, at) => option.setAttribute("aria-selected", String(at === this.#at)));
    const current = options[this.#at];
    current?.scrollIntoView({ block: "nearest" });
    if (current) this.input.setAttribute("aria-activedescendant", current.id);
    else this.input.removeAttribute("aria-activedescendant");
  }

  async press(event) {
    if (event.isComposing) return;
    // A search field would only be emptied by the first press.
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      this.dialog.close();
      return;
    }
    if (event.target !== this.input) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step && event.key !== "Enter") return;
    event.preventDefault();
    event.stopPropagation();
    if (step) this.mark(this.#at + step);
    // Who types fast means what was typed, not what was shown before.
    else await this.withAnswer((option) => this.choose(option, event));
  }

  async withAnswer(act) {
    await this.#answer;
    if (this.marked && this.dialog.open) act(this.marked);
  }

  #click(event) {
    const option = event.target.closest("[role=option]");
    if (event.target === this.dialog) this.dialog.close();
    if (!option || event.ctrlKey || event.metaKey || (event.shiftKey && option.href)) return;
    event.preventDefault();
    this.choose(option, event);
  }
}
