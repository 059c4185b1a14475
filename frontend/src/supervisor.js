import htmx from "htmx.org/dist/htmx.esm.js";
import { FragmentSlot } from "./fragment.js";
import { isTyping } from "./keys.js";
import { toast } from "./notices.js";
import { word } from "./words.js";
import { token } from "./csrf.js";

const KEYS = { l: "listen", w: "whisper", b: "barge", t: "take_over", x: "leave" };
const SINGLE_KEYS_OFF = "hallom-single-keys-off";

// How lines sound is told by nobody's push: the view looks for itself.
const LOOK_MS = 5000;

/** The supervisor's view: fetches itself when something changed, gives orders, and turns red what has become too long. */
class FloorElement extends HTMLElement {
  connectedCallback() {
    this.press = (event) => this.#pressed(event);
    document.addEventListener("keydown", this.press, true);
    this.clock = setInterval(() => this.#redden(), 1000);
    this.look = setInterval(() => document.hidden || this.#exchange(this.dataset.src, { method: "GET" }), LOOK_MS);
    if (this.ready) return;
    this.ready = true;
    this.fragment = new FragmentSlot(this);
    this.addEventListener("live", () => this.#exchange(this.dataset.src, { method: "GET" }));
    this.addEventListener("click", (event) => this.#clicked(event));
    this.addEventListener("submit", (event) => this.#submitted(event));
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.press, true);
    clearInterval(this.clock);
    clearInterval(this.look);
  }

  #redden() {
    const now = Date.now() / 1000;
    for (const row of this.querySelectorAll("[data-limit]")) {
      const isOver = now > Number(row.dataset.limit);
      row.classList.toggle("alarm", isOver);
      row.querySelector(".over")?.toggleAttribute("hidden", !isOver);
    }
  }

  #clicked(event) {
    const button = event.target.closest("[data-order]");
    if (button) this.#order(button);
  }

  #submitted(event) {
    const form = event.target.closest("[data-floor-form]");
    if (!form) return;
    event.preventDefault();
    const { name, value } = event.submitter ?? {};
    form.hidePopover?.();
    this.#exchange(form.action, { method: "POST", body: new URLSearchParams({ [name]: value }) });
  }

  #order(button) {
    const mode = button.dataset.order;
    if (mode === "leave") return this.#exchange(button.dataset.url, { method: "DELETE" });
    return this.#exchange(button.dataset.url, { method: "POST", body: new URLSearchParams({ mode }) });
  }

  // A letter means the row that has the focus, else the call the supervisor is in.
  #pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (localStorage.getItem(SINGLE_KEYS_OFF) || document.querySelector("dialog[open]")) return;
    const row = document.activeElement?.closest?.(".fc, .fa") ?? this.querySelector("[data-mine]");
    const key = event.key.toLowerCase();
    const selector = key === "f" ? "[data-force]" : KEYS[key] && `[data-order="${KEYS[key]}"]`;
    const button = selector && row && this.contains(row) && row.querySelector(selector);
    if (!button) return;
    event.preventDefault();
    event.stopPropagation();
    button.click();
    if (key === "f") row.querySelector("form button")?.focus();
  }

  // Answers may overtake one another: an older one never paints over a newer, yet a slow house is still shown as it answers.
  async #exchange(url, options) {
    const turn = (this.turn = (this.turn ?? 0) + 1);
    const isOrder = options.method !== "GET";
    let response;
    try {
      response = await fetch(url, { ...options, headers: { "HX-Request": "true", "X-CSRFToken": token() } });
    } catch {
      if (isOrder) toast(word("request.failed"), "error");
      return;
    }
    if (response.redirected || (!response.ok && response.status !== 409)) {
      if (isOrder) toast(word(response.status === 403 ? "request.forbidden" : "request.failed"), "error");
      return;
    }
    const html = await response.text();
    if (!response.ok) this.#explain(html);
    if (turn < (this.painted ?? 0)) return;
    this.painted = turn;
    this.#paint(html);
  }

  // The next refresh wipes the reason away, so it also stays as a notice until it is dismissed.
  #explain(html) {
    const reason = new DOMParser().parseFromString(html, "text/html").querySelector(".problem")?.textContent.trim();
    toast(reason || word("request.failed"), "error");
  }

  #paint(html) {
    const scrolled = [".floor-calls", ".floor-agents"].map((box) => [box, this.querySelector(box)?.scrollTop ?? 0]);
    this.fragment.show(html);
    for (const [box, top] of scrolled) this.querySelector(box)?.scrollTo?.(0, top);
    for (const link of this.querySelectorAll("a[href]")) htmx.process(link);
    this.#redden();
    document.dispatchEvent(new CustomEvent("hallom:refreshed"));
  }
}

customElements.define("hallom-floor", FloorElement);
