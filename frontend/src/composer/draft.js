import { pause } from "../backoff.js";
import { word } from "../words.js";
import { Refused, post } from "./requests.js";

export const AFTER_MS = 800;
const clockOf = (moment) => new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(new Date(moment));

/** Keeps what is written on the server, one request at a time, and notices what another device has kept. */
export class Draft {
  #url;
  #form;
  #field;
  #banner;
  #saved;
  #load;
  #own;
  #timer = 0;
  #running = false;
  #isDue = false;
  #failures = 0;
  #isSending = false;
  #isInConflict = false;

  constructor({ url, form, field, banner, saved, load, own }) {
    this.#url = url;
    this.#form = form;
    this.#field = field;
    this.#banner = banner;
    this.#saved = saved;
    this.#load = load;
    this.#own = own;
  }

  /** Something was changed. */
  touch() {
    if (!this.#url) return;
    this.#isDue = true;
    this.#isSending = false;
    this.#later(AFTER_MS);
  }

  /** The form is on its way: nothing may be kept behind it, until something is typed again. */
  hold() {
    clearTimeout(this.#timer);
    this.#isSending = true;
  }

  /** The composer goes away, alone or `withPage`: keep what is not kept yet, now. */
  flush({ withPage = false } = {}) {
    if (!this.#isDue || this.#isHeld) return;
    if (withPage) this.#post({ isLast: true }).catch(() => {});
    else this.#later(0);
  }

  #post({ isLast = false } = {}) {
    this.#isDue = false;
    const values = this.#values();
    // What outlives its page may be 64 kB at most; larger is still better tried than not.
    return post(this.#url, values, { keepalive: isLast && String(values).length < 60_000 });
  }

  get #isHeld() {
    return this.#isSending || this.#isInConflict;
  }

  #later(delay) {
    clearTimeout(this.#timer);
    if (!this.#isHeld) this.#timer = setTimeout(() => this.#save(), delay);
  }

  #values() {
    const given = new FormData(this.#form);
    // Taken out of its form, a field is no longer part of what the form posts.
    for (const [name, value] of this.#own()) if (!given.has(name)) given.append(name, value);
    return new URLSearchParams([...given].filter(([name, value]) => typeof value === "string" && name !== "csrfmiddlewaretoken"));
  }

  async #save() {
    if (this.#running || this.#isHeld) return;
    this.#running = true;
    try {
      this.#kept(await this.#post());
    } catch (error) {
      if (error instanceof Refused && error.status === 409 && error.answer) this.#newer(error.answer);
      else this.#failed();
    } finally {
      this.#running = false;
      if (this.#isDue) this.#later(this.#failures ? pause(this.#failures, { first: 2000 }) : AFTER_MS);
    }
  }

  #kept({ revision, saved_at: at }) {
    this.#failures = 0;
    this.#field.value = revision;
    this.#say(word("composer.saved", { time: clockOf(at) }));
    this.#form.dispatchEvent(new CustomEvent("hallom:saved", { bubbles: true, detail: { revision, at } }));
  }

  #failed() {
    this.#isDue = true;
    this.#say(word("composer.not_saved"));
    this.#failures += 1;
  }

  #newer(answer) {
    this.#isInConflict = true;
    this.#say("");
    const decide = (act) => () => {
      this.#field.value = answer.revision;
      this.#isInConflict = false;
      act();
    };
    this.#banner.show(word("composer.newer", { time: clockOf(answer.saved_at) }), [
      [word("composer.load_newer"), decide(() => ((this.#isDue = false), this.#load(answer), this.#kept(answer)))],
      [word("composer.keep_mine"), decide(() => this.touch())],
    ]);
  }

  #say(text) {
    if (!this.#saved) return;
    this.#saved.querySelector("[data-text]").textContent = text;
    this.#saved.hidden = !text;
  }
}
