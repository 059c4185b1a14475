import htmx from "htmx.org/dist/htmx.esm.js";
import { FragmentSlot } from "./fragment.js";
import { Keypad } from "./keypad.js";
import { isTyping } from "./keys.js";
import { askForMicrophone } from "./microphone.js";
import { hasUnsentText, visit } from "./navigation.js";
import { announce, toast } from "./notices.js";
import { listOutputs, restoreOutput } from "./outputs.js";
import { Ringing } from "./ringing.js";
import { PhoneTab } from "./tab.js";
import { word } from "./words.js";
import { token } from "./csrf.js";

// The first of the acts that the deck offers just now.
const KEYS = {
  F2: ["answer"],
  F4: ["reject", "cancel"],
  F6: ["keys"],
  F7: ["mute"],
  F8: ["hold", "swap"],
  "Shift+F8": ["join"],
  F9: ["transfer", "complete", "dial"],
  "Shift+F9": ["hangup"],
};

const LOST_MS = 2500;
// So long after the bar an INVITE may come.
const WISH_MS = 2000;
// So long a page that was loaded takes until its telephone has signed in and rings.
const STARTING_MS = 6000;

/** The call bar: shows what the server says about the agent and the call, and works the phone of this tab. */
export class DeckElement extends HTMLElement {
  connectedCallback() {
    if (this.slotBox) return;
    this.begun = performance.now();
    this.slotBox = document.createElement("div");
    this.notice = this.#part("p", "deck-notice", { role: "status" });
    this.notice.hidden = true;
    this.alertBox = this.#part("div", "vh", { role: "alert", "aria-live": "assertive" });
    this.audio = this.#part("audio", "", { autoplay: "" });
    this.append(this.slotBox, this.notice, this.alertBox, this.audio);
    this.fragment = new FragmentSlot(this.slotBox);
    this.ringing = new Ringing();
    this.keypad = new Keypad(this);
    // Also what is told to parts of the deck.
    this.addEventListener("live", () => this.refresh(), true);
    this.addEventListener("click", (event) => this.#clicked(event));
    this.addEventListener("submit", (event) => this.#submitted(event));
    this.addEventListener("toggle", (event) => event.target.id === "deck-more" && this.#listOutputs(), true);
    document.body.addEventListener("relabel", () => this.refresh());
    document.addEventListener("keydown", (event) => this.#pressed(event));
    document.addEventListener("click", (event) => this.#calledFromPage(event));
    addEventListener("beforeunload", (event) => this.phone?.isTalking && event.preventDefault());
    this.refresh();
  }

  get deck() {
    return this.slotBox.querySelector(".deck");
  }

  async refresh() {
    await this.#exchange(this.dataset.src, { method: "GET" });
  }

  /** Has the server do something, and shows the deck as it is then; why it was refused, else "". */
  async give(url, values, { method = "POST" } = {}) {
    const { problem } = await this.#exchange(url, { method, body: new URLSearchParams(values) }, { isTold: false });
    return problem;
  }

  /** Has the server send keys; a refusal is told. */
  press(url, values) {
    return this.#exchange(url, { method: "POST", body: new URLSearchParams(values) });
  }

  /** Calls a number as somebody has typed it; what for, is kept with the call. */
  async dial(to, { customer = "", ticket = "" } = {}) {
    const problem = await this.give(this.dataset.dial, { to, customer, ticket });
    if (problem) toast(problem, "error");
  }

  #calledFromPage(event) {
    const button = event.target.closest?.("button[data-dial]");
    if (button) this.dial(button.dataset.dial, button.dataset);
  }

  #part(tag, css, attributes) {
    const element = document.createElement(tag);
    if (css) element.className = css;
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  }

  // Answers may overtake one another: what is older than what is shown paints no more.
  async #exchange(url, options, { isTold = options.method !== "GET" } = {}) {
    const turn = (this.turn = (this.turn ?? 0) + 1);
    const failed = (problem) => {
      if (isTold) toast(problem, "error");
      return { ok: false, problem };
    };
    let response;
    try {
      response = await fetch(url, { ...options, headers: { "HX-Request": "true", "X-CSRFToken": token() } });
    } catch {
      return failed(word("request.failed"));
    }
    if (response.redirected) return failed(word("connection.signed_out"));
    if (response.status === 204) return { ok: true, problem: "" };
    if (!response.ok && response.status !== 409) return failed(word(response.status === 403 ? "request.forbidden" : "request.failed"));
    const html = await response.text();
    if (turn > (this.painted ?? 0)) {
      this.painted = turn;
      this.#paint(html);
    }
    // The next refresh wipes the reason off the deck, so it also stays on as a notice until it is dismissed.
    return response.ok ? { ok: true, problem: "" } : failed(this.#reasonIn(html));
  }

  #reasonIn(html) {
    const shown = new DOMParser().parseFromString(html, "text/html").querySelector(".problem");
    return shown?.textContent.trim() || word("request.failed");
  }

  #paint(html) {
    this.fragment.show(html);
    // Who is given a telephone, or loses it, while the page stands.
    this.hidden = !this.deck;
    for (const link of this.slotBox.querySelectorAll("a[href]")) htmx.process(link);
    this.#showMute();
    this.keypad.show();
    this.#ring();
    this.#sayWhyGone();
    if (this.deck?.dataset.phone === "browser") this.#wantPhone();
    document.dispatchEvent(new CustomEvent("hallom:refreshed"));
  }

  #ring() {
    const { offer = "", name = "", pop = "", state, quiet } = this.deck?.dataset ?? {};
    if (!offer) {
      this.ringing.stop();
      this.offer = "";
      this.alertBox.textContent = "";
      return;
    }
    if (offer === this.offer) return;
    if (this.offer !== undefined) this.#forgetWish();
    this.offer = offer;
    // What one has asked for oneself answers by itself.
    if (state === "ringing" && quiet === undefined) this.ringing.start(name);
    this.alertBox.textContent = word("deck.ringing", { name });
    // What someone is writing to another customer is worth more than the jump; an attendant has all callers before her.
    if (pop && state === "ringing" && !hasUnsentText() && !document.querySelector("hallom-board")) visit(pop);
  }

  /** Once for each reason: a call that rang here rings here no more. */
  #sayWhyGone() {
    const { gone = "", goneWords = "", goneUntil = "0" } = this.deck?.dataset ?? {};
    clearTimeout(this.forgetGone);
    if (gone) this.forgetGone = setTimeout(() => this.refresh(), Math.max(Number(goneUntil) * 1000 - Date.now(), 1000));
    const said = gone && `${gone} ${goneWords}`;
    const isNew = this.gone !== undefined && said && said !== this.gone;
    this.gone = said;
    if (!isNew) return;
    if (this.slotBox.querySelector(".gone")) announce(goneWords);
    else toast(goneWords);
  }

  async #wantPhone() {
    if (this.tab) return;
    this.tab = new PhoneTab(this.dataset.live);
    this.tab.addEventListener("here", () => this.#startPhone());
    this.tab.addEventListener("lost", () => this.#dropPhone());
    this.tab.addEventListener("elsewhere", () => this.#tell("phone.other_tab", "phone.take_over", () => this.tab.takeOver()));
    await this.tab.ask();
  }

  async #startPhone() {
    this.#tell("");
    const { Phone } = await import("./phone.js");
    this.phone = new Phone({ credentials: () => this.#credentials(), audio: this.audio });
    restoreOutput(this.audio);
    this.phone.addEventListener("registered", () => this.#reached());
    this.phone.addEventListener("unreachable", () => this.#lostSoon());
    this.phone.addEventListener("problem", ({ detail }) => this.#tell(detail, "phone.try_again", () => this.#retry()));
    this.phone.addEventListener("ringing", () => this.#rings());
    this.phone.addEventListener("answered", () => this.#answered());
    this.phone.addEventListener("ended", ({ detail }) => this.#ended(detail));
    this.phone.addEventListener("muted", () => this.#showMute());
    this.phone.start();
  }

  #reached() {
    clearTimeout(this.lost);
    this.lost = null;
    if (this.told === "phone.unreachable") this.#tell("");
  }

  // A restart of the switch takes a second or two; the bar need not jump for that.
  #lostSoon() {
    this.lost ??= setTimeout(() => this.phone?.isRegistered || this.#tell("phone.unreachable"), LOST_MS);
  }

  #dropPhone() {
    this.#forgetWish();
    this.phone?.drop();
    this.phone = null;
    this.ringing.stop();
  }

  async #credentials() {
    const response = await fetch(this.dataset.credentials, { method: "POST", headers: { "X-CSRFToken": token() } });
    if (!response.ok || response.redirected) throw new Error(`no phone credentials: ${response.status}`);
    return response.json();
  }

  #answered() {
    this.#tell("");
    this.ringing.stop();
    announce(word("deck.answered"));
    this.refresh();
  }

  // Why a call that only rang is gone, the server knows.
  #ended({ wasTalking }) {
    this.ringing.stop();
    if (wasTalking) announce(word("deck.ended"));
    this.refresh();
  }

  #retry() {
    this.#tell("");
    if (this.phone?.isRinging) this.phone.answer();
    else askForMicrophone().catch((problem) => this.#tell(problem.message, "phone.try_again", () => this.#retry()));
  }

  #tell(key, label = "", act = null) {
    this.told = key;
    this.notice.hidden = !key;
    this.notice.replaceChildren();
    if (!key) return;
    const text = this.#part("span", "grow", {});
    text.textContent = word(key);
    this.notice.append(text);
    if (!label) return;
    const button = this.#part("button", "btn", { type: "button" });
    button.textContent = word(label);
    button.addEventListener("click", act);
    this.notice.append(button);
  }

  #pressed(event) {
    if (!isTyping(event.target) && this.keypad.typed(event)) return event.preventDefault();
    const acts = KEYS[`${event.shiftKey ? "Shift+" : ""}${event.key}`];
    if (!acts || event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
    const button = acts.map((act) => this.slotBox.querySelector(`button[data-act="${act}"]`)).find(Boolean);
    if (button) button.click();
    else if (!acts.some((act) => this.#early(act))) return;
    event.preventDefault();
  }

  // The phone rings, and talks, a moment before the server's fragment says so.
  #early(act) {
    if (act === "answer" && this.phone?.isRinging) this.#answer();
    else if (act === "mute" && this.phone?.isTalking) this.#toggleMute();
    else return act === "hangup" && Boolean(this.phone?.hangUp());
    return true;
  }

  #clicked(event) {
    const button = event.target.closest("button[data-act]");
    if (!button) return;
    const { act } = button.dataset;
    if (button.dataset.press) this.keypad.press(button.dataset.press);
    else if (act === "answer") this.#answer();
    else if (act === "mute") this.#toggleMute();
    else if (act === "hangup") this.#hangUp(button);
    else if (act === "reject") this.#reject(button);
    else if (button.dataset.search) this.#search(button.dataset);
    else if (button.dataset.url) this.#order(button);
  }

  #search({ search, when, label }) {
    const { call, customer: name } = this.deck.dataset;
    document.querySelector("hallom-search")?.open(search, { call, name, when, label });
  }

  async #submitted(event) {
    const form = event.target.closest("form[data-act]");
    if (!form) return;
    event.preventDefault();
    const body = new FormData(form, event.submitter);
    if (body.get("state") === "available" && this.deck?.dataset.phone === "browser") this.#askEarly();
    await this.#exchange(form.getAttribute("action"), { method: "POST", body });
  }

  #askEarly() {
    askForMicrophone().catch((problem) => this.#tell(problem.message, "phone.try_again", () => this.#retry()));
  }

  #order(button) {
    const { url, method = "POST", values } = button.dataset;
    const body = method === "POST" ? new URLSearchParams(values ?? "") : undefined;
    return this.#exchange(url, { method, body });
  }

  async #answer() {
    if (this.phone?.isRinging) return this.phone.answer();
    if (this.phone?.isConnected && this.tab?.isHere) this.wish ??= setTimeout(() => this.#giveUpWish(), WISH_MS);
    else if (this.#isStarting) this.wish ??= setTimeout(() => this.#giveUpWish(), STARTING_MS);
    else this.#tellWhereItRings();
  }

  get #isStarting() {
    const isItsPhone = !this.deck || this.deck.dataset.phone === "browser";
    return isItsPhone && performance.now() - this.begun < STARTING_MS && this.told !== "phone.other_tab";
  }

  /** Takes the call that rings here, or will in a moment; false when nothing of it rings here. */
  answerSoon() {
    const rings = Boolean(this.slotBox?.querySelector('button[data-act="answer"]')) || this.#isStarting;
    if (rings) this.#answer();
    return rings;
  }

  // The bar may ring a moment before the telephone does.
  #rings() {
    if (this.wish) this.phone.answer();
    this.#forgetWish();
    this.refresh();
  }

  #giveUpWish() {
    this.#forgetWish();
    this.#tellWhereItRings();
  }

  #forgetWish() {
    clearTimeout(this.wish);
    this.wish = null;
  }

  #tellWhereItRings() {
    this.#tell(this.phone && !this.phone.isConnected ? "phone.unreachable" : this.#whereItRings());
  }

  #whereItRings() {
    return this.tab && !this.tab.isHere ? "phone.other_tab" : "phone.elsewhere";
  }

  async #reject(button) {
    this.ringing.stop();
    if (!(await this.#order(button)).ok) this.phone?.reject();
  }

  // A BYE is quicker than an order; the order works when the phone is cut off, or is not this tab's.
  #hangUp(button) {
    if (this.phone?.isConnected && this.phone.hangUp()) return;
    this.#order(button);
  }

  #toggleMute() {
    if (!this.phone?.isTalking) return;
    this.phone.setMuted(!this.phone.isMuted);
    announce(word(this.phone.isMuted ? "deck.muted" : "deck.unmuted"));
  }

  #showMute() {
    const muted = Boolean(this.phone?.isMuted);
    if (this.deck) this.deck.dataset.muted = String(muted);
    const button = this.slotBox.querySelector('[data-act="mute"]');
    if (!button) return;
    button.setAttribute("aria-pressed", String(muted));
    // The microphone of a desk phone, or of another tab, is not ours to close.
    button.disabled = !this.phone?.isTalking;
  }

  #listOutputs() {
    const box = this.slotBox.querySelector("[data-outputs]");
    if (box) listOutputs(box, this.audio);
  }
}
