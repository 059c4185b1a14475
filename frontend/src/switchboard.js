import { FragmentSlot } from "./fragment.js";
import { isTyping } from "./keys.js";
import { announce, toast } from "./notices.js";
import { word } from "./words.js";
import { token } from "./csrf.js";

// Less than two keystrokes of a quick hand; a search that takes longer is waited for when Enter is pressed.
const SEARCH_MS = 60;

const deck = () => document.querySelector("hallom-deck");
const digit = (event) => /^(?:Digit|Numpad)([1-9])$/.exec(event.code)?.[1] ?? "";

/** The attendant's console: keys, the directory, and what becomes of the call she is in. */
export class BoardElement extends HTMLElement {
  connectedCallback() {
    if (this.parts) return;
    this.parts = new Map([...this.querySelectorAll("[data-part]")].map((part) => [part.dataset.part, new FragmentSlot(part)]));
    this.find = this.querySelector("#find");
    this.turns = {};
    this.onKey = (event) => this.#pressed(event);
    this.onSwap = () => this.#goesOn();
    document.addEventListener("keydown", this.onKey);
    document.addEventListener("htmx:after:swap", this.onSwap);
    this.addEventListener("live", (event) => this.#changed(event));
    this.addEventListener("click", (event) => this.#clicked(event));
    this.find.addEventListener("input", () => this.#searchSoon());
    this.addEventListener("input", (event) => this.#isSomebodyElse(event.target));
    this.ticking = setInterval(() => this.#tick(), 1000);
    this.#tick();
    this.#followCall();
    this.#catchUp();
    this.search();
  }

  // What was pressed before this script was there: kept for it, or typed into the field that stood alone.
  #catchUp() {
    const typed = this.find.value;
    const early = this.dataset.early ?? typed;
    delete this.dataset.early;
    if (this.now || !/^[1-9+]$/.test(early)) return;
    const isTaken = this.#press(early === "+" ? "[data-call]" : `[data-take="${early}"]`);
    if (isTaken && early === typed) this.find.value = "";
    if (!isTaken) this.find.value ||= early;
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.onKey);
    document.removeEventListener("htmx:after:swap", this.onSwap);
    clearInterval(this.ticking);
    clearTimeout(this.searching);
  }

  get now() {
    return this.querySelector("[data-now]")?.dataset ?? null;
  }

  get rows() {
    return [...this.querySelectorAll('[role="option"]')];
  }

  get chosen() {
    return this.querySelector('[role="option"][aria-selected="true"]');
  }

  // What the server says

  #changed(event) {
    if (event.target === this) this.refresh();
    else this.search();
  }

  async refresh() {
    const html = await this.#fetch("calls", this.dataset.calls);
    if (html === null) return;
    this.#showCalls(html);
  }

  #showCalls(html) {
    const fresh = new DOMParser().parseFromString(html, "text/html");
    for (const part of fresh.querySelectorAll("[data-part]")) this.parts.get(part.dataset.part)?.show(part.innerHTML);
    this.#tick();
    this.#followCall();
  }

  async search() {
    clearTimeout(this.searching);
    this.searching = 0;
    const before = this.chosen?.dataset.to;
    const asked = this.find.value;
    const only = this.querySelector('[data-only][aria-pressed="true"]')?.dataset.only ?? "";
    const html = await this.#fetch("search", this.dataset.find, { method: "POST", body: new URLSearchParams({ q: asked, only }) });
    if (html === null) return;
    this.parts.get("directory").show(html);
    this.querySelector("[data-hits]").textContent = this.querySelector("[data-count]").textContent;
    const isSame = asked === this.asked;
    this.asked = asked;
    const stays = isSame ? this.rows.findIndex((row) => row.dataset.to === before) : 0;
    this.#choose(Math.max(stays, 0));
    document.dispatchEvent(new CustomEvent("hallom:refreshed"));
  }

  // Answers may overtake one another; only the newest request may paint.
  async #fetch(name, url, options = {}) {
    const turn = (this.turns[name] = (this.turns[name] ?? 0) + 1);
    try {
      const response = await fetch(url, { ...options, headers: { "HX-Request": "true", "X-CSRFToken": token() } });
      if (!response.ok || response.redirected) return null;
      const html = await response.text();
      return turn === this.turns[name] && this.isConnected ? html : null;
    } catch {
      return null;
    }
  }

  #searchSoon() {
    clearTimeout(this.searching);
    this.searching = setTimeout(() => this.search(), SEARCH_MS);
  }

  #tick() {
    const now = Date.now() / 1000;
    for (const row of this.querySelectorAll("[data-late]")) {
      row.classList.toggle("late", now >= Number(row.dataset.late));
      row.classList.toggle("hot", Boolean(row.dataset.hot) && now >= Number(row.dataset.hot) && now < Number(row.dataset.late));
    }
  }

  // Whoever is on the line is most likely the one something is taken down for.
  #followCall() {
    const call = this.now?.now ?? "";
    if (call === this.followed) return;
    this.followed = call;
    const form = this.querySelector("#taking-down");
    if (call && form && !form.elements.why.value) this.#fillIn(form);
  }

  #fillIn(form) {
    const { now = "", name = "", number = "", customer = "" } = this.now ?? {};
    if (!now) return;
    form.elements.call.value = now;
    form.elements.customer.value = customer;
    form.elements.name.value = name === number ? "" : name;
    form.elements.number.value = number;
  }

  // What was known of the caller is not known of whoever is written over him.
  #isSomebodyElse({ form, name }) {
    if (form?.id !== "taking-down") return;
    if (name === "number") form.elements.call.value = "";
    if (name === "number" || name === "name") form.elements.customer.value = "";
  }

  // The list

  #choose(index) {
    const rows = this.rows;
    const place = Math.min(Math.max(index, 0), rows.length - 1);
    for (const [at, row] of rows.entries()) row.setAttribute("aria-selected", String(at === place));
    const row = rows[place];
    if (row) this.find.setAttribute("aria-activedescendant", row.id);
    else this.find.removeAttribute("aria-activedescendant");
    row?.scrollIntoView({ block: "nearest" });
  }

  #step(by) {
    this.#choose(this.rows.indexOf(this.chosen) + by);
  }

  #clearSearch() {
    this.find.value = "";
    this.search();
  }

  // Keys

  #pressed(event) {
    if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
    const inSearch = event.target === this.find;
    if (isTyping(event.target) && !inSearch) {
      if (event.key === "Escape" && this.contains(event.target)) this.find.focus();
      return;
    }
    if (this.#withModifier(event) || this.#plain(event, inSearch)) event.preventDefault();
  }

  #withModifier(event) {
    const { key, altKey, ctrlKey, metaKey, shiftKey } = event;
    if (ctrlKey && !altKey && !shiftKey && !metaKey) return this.#control(key.toLowerCase());
    if (altKey && !ctrlKey && !metaKey && digit(event)) return this.#alt(digit(event));
    if (shiftKey && !altKey && !ctrlKey && digit(event) && !this.find.value) return this.#press(`[data-fetch="${digit(event)}"]`);
    return false;
  }

  #control(letter) {
    if (letter === "p") this.#park();
    else if (letter === "m") this.#takeDown();
    else if (letter === "b") this.#toggleQuick();
    else return false;
    return true;
  }

  #alt(number) {
    const row = this.querySelector(`[data-alt="${number}"]`);
    if (row) this.#send(row.dataset);
    return true;
  }

  #plain(event, inSearch) {
    const { key } = event;
    if (event.ctrlKey || event.altKey || event.metaKey) return false;
    if (key === "ArrowDown" || key === "ArrowUp") return inSearch ? (this.#step(key === "ArrowDown" ? 1 : -1), true) : false;
    if (key === "Enter") return inSearch ? (this.#enter(event.shiftKey), true) : false;
    if (key === "Escape") return this.#escape(inSearch);
    if (key === "Delete" && event.target.dataset?.quickTo) return this.#dropQuick(event.target.dataset), true;
    if (event.shiftKey && key !== "+") return false;
    // Extensions begin with digits, too: while a caller is on the line, or something is typed, they are looked for.
    if (inSearch && (this.find.value || this.now)) return false;
    if (key === "+") return this.#press("[data-call]");
    if (digit(event)) return this.#press(`[data-take="${digit(event)}"]`);
    if (!inSearch && (key === "p" || key === "m")) return this.#control(key);
    return false;
  }

  #press(selector) {
    const button = this.querySelector(selector);
    if (!button) return false;
    button.click();
    return true;
  }

  #escape(inSearch) {
    if (this.now?.asked) this.#order(this.dataset.consult, { call: this.now.now }, "DELETE");
    else if (inSearch && this.find.value) this.#clearSearch();
    else if (!inSearch) this.find.focus();
    else return false;
    return true;
  }

  async #enter(announced) {
    if (this.now?.asked && !this.find.value) {
      await this.#order(this.dataset.handover, { call: this.now.now });
      return;
    }
    // What was typed a moment ago decides, not what was found before.
    if (this.searching || this.asked !== this.find.value) await this.search();
    const row = this.chosen;
    if (!row) toast(this.dataset.wordNobody, "error");
    else this.#send(row.dataset, announced);
  }

  // What becomes of the call

  async #send({ to, name, asks }, announced = false) {
    const call = this.now?.now;
    const [url, said] = !call
      ? [this.dataset.dial, this.dataset.wordDial]
      : announced && asks !== undefined
        ? [this.dataset.consult, this.dataset.wordConsult]
        : [this.dataset.transfer, this.dataset.wordTransfer];
    if (await this.#order(url, { call: call ?? "", to })) {
      announce(said.replace("{name}", name));
      this.#clearSearch();
    }
  }

  async #park() {
    const call = this.now?.now;
    if (!call) toast(this.dataset.wordNoCall, "error");
    else if (await this.#order(this.dataset.park, { call })) {
      announce(this.dataset.wordPark);
      // Digits take calls only while nothing is typed.
      this.#clearSearch();
    }
  }

  // A call that rings at one's own telephone is answered there.
  async #take(button) {
    this.find.focus();
    if (button.dataset.mine !== undefined && deck()?.answerSoon()) return;
    if (await this.#order(this.dataset.pickup, { call: button.dataset.call })) announce(this.dataset.wordPickup);
  }

  async #fetchParked(button) {
    this.find.focus();
    if (await this.#order(this.dataset.park, { place: button.dataset.place }, "DELETE")) announce(this.dataset.wordPickup);
  }

  // The call bar paints itself when it is told; the reason of a refusal comes as text or inside the bar.
  async #order(url, values, method = "POST") {
    let response;
    try {
      response = await fetch(url, { method, body: new URLSearchParams(values), headers: { "HX-Request": "true", "X-CSRFToken": token() } });
    } catch {
      toast(word("request.failed"), "error");
      return false;
    }
    if (!response.ok) await this.#explain(response);
    deck()?.dispatchEvent(new CustomEvent("live"));
    this.refresh();
    return response.ok;
  }

  async #explain(response) {
    const text = response.status === 409 ? await response.text() : "";
    const problem = text.trimStart().startsWith("<") ? new DOMParser().parseFromString(text, "text/html").querySelector(".problem")?.textContent.trim() : text;
    toast(problem || word(response.status === 403 ? "request.forbidden" : "request.failed"), "error");
  }

  #takeDown() {
    const form = this.querySelector("#taking-down");
    this.#fillIn(form);
    const [kind, key] = (this.chosen?.dataset.to ?? "").split(":");
    if (kind === "agent" && this.find.value) form.elements.owner.value = key;
    (form.elements.owner.value ? form.elements.why : form.elements.owner).focus();
  }

  // What was taken down is kept: the next key is for the next caller.
  #goesOn() {
    const form = this.querySelector("#taking-down[data-kept]");
    if (!form) return;
    form.removeAttribute("data-kept");
    this.find.focus();
    this.#clearSearch();
  }

  // Quick buttons

  async #toggleQuick() {
    const row = this.chosen;
    if (!row) return;
    if (row.dataset.isQuick === undefined) await this.#keepQuick(row.dataset);
    else await this.#dropQuick(row.dataset);
  }

  async #keepQuick({ to }) {
    if (!(await this.#order(this.dataset.quick, { to }))) return;
    announce(this.dataset.wordQuick);
    this.search();
  }

  async #dropQuick({ to, quickTo }) {
    if (!(await this.#order(this.dataset.quick, { to: to ?? quickTo }, "DELETE"))) return;
    announce(this.dataset.wordUnquick);
    this.search();
  }

  #clicked(event) {
    const on = (selector) => event.target.closest(selector);
    const row = on('[role="option"]');
    if (on("[data-send]")) this.#send(row.dataset, event.shiftKey);
    else if (row) {
      this.#choose(this.rows.indexOf(row));
      this.find.focus();
    } else if (on("[data-call]")) this.#take(on("[data-call]"));
    else if (on("[data-place]")) this.#fetchParked(on("[data-place]"));
    else if (on("[data-quick-to]")) this.#send({ to: on("[data-quick-to]").dataset.quickTo, name: on("[data-quick-to]").dataset.name });
    else if (on("[data-only]")) this.#show(on("[data-only]"));
    else if (on("[data-day-act]")) this.#night(on("[data-day-act]"));
  }

  #show(filter) {
    for (const one of this.querySelectorAll("[data-only]")) one.setAttribute("aria-pressed", String(one === filter));
    this.search();
  }

  async #night(button) {
    const method = button.dataset.dayAct;
    const response = await fetch(this.dataset.night, { method, headers: { "HX-Request": "true", "X-CSRFToken": token() } });
    if (response.ok) this.#showCalls(await response.text());
    else toast(word("request.failed"), "error");
  }
}

customElements.define("hallom-board", BoardElement);
