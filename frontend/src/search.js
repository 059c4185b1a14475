import { Chooser } from "./chooser.js";
import { announce, toast } from "./notices.js";
import { word } from "./words.js";

// The lamps of colleagues change while one looks at them.
const TOPIC = "wallboard";
const PROMISES = { Digit1: "connect", Digit2: "call_customer", Digit3: "call_me" };

/** Whom to send the caller to, to call, or to have one's calls sent to: found and done without the mouse. */
export class SearchElement extends Chooser {
  #call = "";
  #when = "";
  #busy = false;

  connectedCallback() {
    if (this.dialog) return;
    super.connectedCallback();
    this.title_ = this.querySelector(".search-title");
    this.form = this.querySelector(".search-promise");
    this.error = this.querySelector(".search-error");
    this.box.addEventListener("live", () => this.refresh());
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.form.addEventListener("click", (event) => this.#clicked(event));
  }

  get mode() {
    return this.dialog.dataset.mode;
  }

  get query() {
    return { purpose: this.mode };
  }

  // Behind a comma stand keys for whoever answers. They may be a card's number: nobody looks for them.
  get text() {
    return this.mode === "dial" ? this.input.value.split(",")[0] : this.input.value;
  }

  get deck() {
    return document.querySelector("hallom-deck");
  }

  /** `mode`: transfer (of `call`, whose caller is `name`), dial, or divert (`when`, in words `label`). */
  open(mode, { call = "", name = "", when = "", label = "" } = {}) {
    if (this.dialog.open) return;
    this.dialog.dataset.mode = mode;
    this.#call = call;
    this.#when = when;
    this.title_.textContent = word(`search.${mode}`, { name, when: label });
    this.form.hidden = true;
    this.form.reset();
    this.#complain("");
    if (!this.show()) return;
    this.box.dataset.live = TOPIC;
    document.dispatchEvent(new CustomEvent("hallom:refreshed"));
  }

  closed() {
    delete this.box.dataset.live;
    document.dispatchEvent(new CustomEvent("hallom:refreshed"));
  }

  later() {
    this.#complain("");
    super.later();
  }

  mark(index) {
    super.mark(index);
    const option = this.marked;
    const promises = this.mode === "transfer" && option?.hasAttribute("data-promise");
    this.form.hidden = !promises;
    if (promises) this.form.querySelector(".search-promise-title").textContent = word("search.promise", { name: option.dataset.name });
  }

  async press(event) {
    if (event.altKey && !event.ctrlKey && !event.metaKey && (await this.#pressedAlt(event))) return;
    await super.press(event);
  }

  // Letters alone belong to the name that is being typed.
  async #pressedAlt(event) {
    const promise = PROMISES[event.code];
    const isPark = event.code === "KeyP" && this.mode === "transfer";
    const isGroup = event.code === "KeyU" && this.mode === "dial";
    if (!isPark && !isGroup && !(promise && !this.form.hidden)) return false;
    event.preventDefault();
    event.stopPropagation();
    if (isPark) await this.#park("");
    else if (isGroup) await this.#send(this.dataset.pickup, {}, "");
    else await this.withAnswer(() => this.#promise(promise));
    return true;
  }

  choose(option, event) {
    const { to, name } = option.dataset;
    if (this.mode === "divert") return this.#send(this.dataset.diversion, { when: this.#when, to }, name);
    if (this.mode === "dial") return this.#dial(option, event);
    if (event.shiftKey) return this.#announce(option);
    if (option.dataset.kind === "place") return this.#park(to.slice("place:".length));
    return this.#send(this.dataset.transfer, { call: this.#call, to }, word("deck.transferred", { name }));
  }

  #dial(option, event) {
    const behind = option.dataset.kind === "outside" ? this.input.value.slice(this.text.length) : "";
    if (!event.shiftKey) return this.#send(this.dataset.dial, { to: option.dataset.to + behind }, "");
    if (!option.hasAttribute("data-pickup")) return this.#complain(word("search.not_ringing"));
    return this.#send(this.dataset.pickup, { agent: option.dataset.to.slice("agent:".length) }, "");
  }

  #announce(option) {
    if (!option.hasAttribute("data-consult")) return this.#complain(word("search.not_announced"));
    return this.#send(this.dataset.consultation, { call: this.#call, to: option.dataset.to }, "");
  }

  #park(place) {
    return this.#send(this.dataset.parking, { call: this.#call, place }, word("deck.parked"));
  }

  #clicked(event) {
    const kind = event.target.closest("[data-promise]")?.dataset.promise;
    if (kind) this.#promise(kind);
  }

  #promise(kind) {
    const { to, name } = this.marked.dataset;
    const { minutes, why } = Object.fromEntries(new FormData(this.form));
    const values = { kind, agent: to.slice("agent:".length), call: this.#call, minutes, why };
    return this.#send(this.dataset.promise, values, word("deck.promised", { name }));
  }

  // What the switch refuses stays open, so that somebody else can be chosen.
  async #send(url, values, told) {
    if (this.#busy) return;
    this.#busy = true;
    this.#complain("");
    const problem = await this.deck.give(url, values);
    this.#busy = false;
    if (problem) {
      this.#complain(problem);
      this.input.focus();
      return;
    }
    this.dialog.close();
    if (!told) return;
    announce(told);
    toast(told);
  }

  #complain(problem) {
    this.error.textContent = problem;
    this.error.hidden = !problem;
  }
}

customElements.define("hallom-search", SearchElement);
