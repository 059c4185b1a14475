import { visit } from "./navigation.js";
import { announce, toast } from "./notices.js";
import { word } from "./words.js";

const PAUSE_MS = 120;

/** Ctrl+K: pages, tickets and people by a few letters; goes there within the frame, so that a call goes on. */
export class PaletteElement extends HTMLElement {
  #at = 0;
  #timer = 0;
  #asking = new AbortController();
  #answer = Promise.resolve();
  #before = null;

  connectedCallback() {
    if (this.dialog) return;
    this.dialog = this.querySelector("dialog");
    this.input = this.querySelector("input");
    this.box = this.querySelector("[role=listbox]");
    this.none = this.querySelector("p");
    this.input.addEventListener("input", () => this.#later());
    this.dialog.addEventListener("keydown", (event) => this.#press(event));
    // The browser gives the focus back, but to the beginning of a text.
    this.dialog.addEventListener("close", () => this.#before?.closest?.("hallom-composer")?.focus());
    this.dialog.addEventListener("click", (event) => this.#click(event));
  }

  get options() {
    return [...this.box.querySelectorAll("[role=option]")];
  }

  open() {
    if (this.dialog.open || document.querySelector("dialog[open]")) return;
    this.input.value = "";
    this.box.replaceChildren();
    this.none.hidden = true;
    this.#before = document.activeElement;
    this.dialog.showModal();
    this.input.focus();
    this.#answer = this.#ask();
  }

  #later() {
    clearTimeout(this.#timer);
    this.#answer = new Promise((done) => (this.#timer = setTimeout(() => this.#ask().then(done), PAUSE_MS)));
  }

  async #ask() {
    this.#asking.abort();
    this.#asking = new AbortController();
    const url = new URL(this.dataset.url, location.href);
    url.searchParams.set("q", this.input.value);
    try {
      const response = await fetch(url, { headers: { "HX-Request": "true" }, signal: this.#asking.signal });
      if (response.redirected) toast(word("connection.signed_out"), "error");
      else if (response.ok) this.#show(await response.text());
      else toast(word("request.failed"), "error");
    } catch (error) {
      if (error.name !== "AbortError") toast(word("request.failed"), "error");
    }
  }

  #show(html) {
    this.box.innerHTML = html;
    const { length } = this.options;
    this.none.hidden = length > 0;
    this.#mark(0);
    if (this.input.value) announce(word(length ? "palette.found" : "palette.none", { count: length }));
  }

  #mark(index) {
    const { options } = this;
    this.#at = options.length ? (index + options.length) % options.length : 0;
    options.forEach((option, at) => option.setAttribute("aria-selected", String(at === this.#at)));
    const current = options[this.#at];
    current?.scrollIntoView({ block: "nearest" });
    if (current) this.input.setAttribute("aria-activedescendant", current.id);
    else this.input.removeAttribute("aria-activedescendant");
  }

  async #press(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) this.#mark(this.#at + step);
    if (event.isComposing || (!step && event.key !== "Enter")) return;
    event.preventDefault();
    event.stopPropagation();
    if (step) return;
    // Who types fast means what was typed, not what was shown before.
    await this.#answer;
    const chosen = this.options[this.#at];
    if (chosen && this.dialog.open) this.#go(chosen);
  }

  #click(event) {
    const option = event.target.closest("[role=option]");
    if (event.target === this.dialog) this.dialog.close();
    if (!option || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.#go(option);
  }

  #go(option) {
    this.dialog.close();
    visit(option.getAttribute("href"));
  }
}

export function watchPalette(root) {
  const open = () => root.querySelector("hallom-palette")?.open();
  // Before whatever has the focus: also while writing.
  root.addEventListener(
    "keydown",
    (event) => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
      if (!root.querySelector("hallom-palette")) return;
      event.preventDefault();
      event.stopPropagation();
      open();
    },
    { capture: true },
  );
  root.addEventListener("click", (event) => event.target.closest?.("[data-palette]") && open());
}

customElements.define("hallom-palette", PaletteElement);
