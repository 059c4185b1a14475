import { word } from "./words.js";

const KEYS = /^[0-9*#]$/;

/** Keys for the machine at the other end of the call: sent in the order in which they were pressed, never kept. */
export class Keypad {
  #deck;
  #waiting = "";
  #count = 0;
  #call = "";
  #isSending = false;

  constructor(deck) {
    this.#deck = deck;
  }

  get #box() {
    return this.#deck.querySelector("#deck-keys");
  }

  /** What is typed while the keypad is open; whether it was a key. */
  typed(event) {
    if (!KEYS.test(event.key) || event.ctrlKey || event.altKey || event.metaKey || !this.#box?.matches(":popover-open")) return false;
    if (!event.repeat) this.press(event.key);
    return true;
  }

  press(key) {
    const { call } = this.#box.dataset;
    if (call !== this.#call) this.#count = 0;
    this.#call = call;
    this.#waiting += key;
    this.#count += 1;
    this.show();
    this.#send();
  }

  /** The deck has been painted anew. */
  show() {
    const told = this.#box?.querySelector("[data-sent]");
    if (told && this.#count && this.#box.dataset.call === this.#call) told.textContent = word("deck.keys", { count: this.#count });
  }

  // One request at a time: two on their way could overtake one another.
  async #send() {
    if (this.#isSending) return;
    this.#isSending = true;
    while (this.#waiting && this.#box) {
      const digits = this.#waiting;
      this.#waiting = "";
      const { ok } = await this.#deck.press(this.#box.dataset.url, { call: this.#call, digits });
      if (!ok) this.#waiting = "";
    }
    this.#waiting = "";
    this.#isSending = false;
  }
}
