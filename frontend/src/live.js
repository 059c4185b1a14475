import { pause } from "./backoff.js";
import { showConnection } from "./notices.js";
import { Presence } from "./presence.js";
import { word } from "./words.js";

const SILENCE_MS = 40_000;
const NOTICE_AFTER_MS = 2_500;
const GAP_MS = 300;
// What was swapped in a moment ago may have been rendered before the change that is told just now.
const SWAP_AGE_SECONDS = 3;
const SIGNED_OUT = 4401;
const TOO_MANY = 4429;

export function topicsIn(root) {
  const found = new Set();
  for (const element of root.querySelectorAll("[data-live]")) {
    for (const topic of element.dataset.live.split(/\s+/)) if (topic) found.add(topic);
  }
  return [...found].sort();
}

/** Tells elements with `data-live` that their topic changed; they fetch for themselves. */
export class Live {
  #address;
  #socket = null;
  #attempt = 0;
  #last = null;
  #watched = "";
  #timers = {};
  #due = new WeakMap();
  #over = false;
  #firstWatch = true;
  #presence = new Presence((said) => this.#send(said));

  constructor(address) {
    this.#address = address;
  }

  start() {
    this.#connect();
    const look = () => this.#later("look", 30, () => this.#watch());
    document.addEventListener("htmx:after:swap", look);
    document.addEventListener("hallom:refreshed", look);
    addEventListener("online", () => this.#retryNow());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.#retryNow());
  }

  #later(name, delay, act) {
    clearTimeout(this.#timers[name]);
    this.#timers[name] = setTimeout(act, delay);
  }

  #connect() {
    this.#watched = "";
    const socket = new WebSocket(this.#address);
    this.#socket = socket;
    socket.onopen = () => this.#opened();
    socket.onmessage = (event) => this.#heard(JSON.parse(event.data));
    socket.onclose = (event) => socket === this.#socket && this.#closed(event.code);
  }

  #opened() {
    this.#attempt = 0;
    clearTimeout(this.#timers.notice);
    showConnection("");
    this.#listenForSilence();
    this.#presence.forget();
    this.#watch();
  }

  #listenForSilence() {
    this.#later("silence", SILENCE_MS, () => {
      const socket = this.#socket;
      this.#closed(0);
      socket.close();
    });
  }

  #closed(code) {
    this.#socket = null;
    clearTimeout(this.#timers.silence);
    if (code === SIGNED_OUT) {
      this.#over = true;
      showConnection(word("connection.signed_out"));
      return;
    }
    this.#timers.notice ??= 0;
    if (!this.#attempt) this.#later("notice", NOTICE_AFTER_MS, () => showConnection(word("connection.lost")));
    const wait = code === TOO_MANY ? 60_000 : pause(this.#attempt);
    this.#attempt += 1;
    this.#later("connect", wait, () => this.#connect());
  }

  #retryNow() {
    if (this.#socket || this.#over) return;
    clearTimeout(this.#timers.connect);
    this.#connect();
  }

  #watch() {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    const watch = topicsIn(document);
    const key = watch.join(" ");
    if (key !== this.#watched) this.#ask(watch, key);
    this.#presence.tell();
  }

  #ask(watch, key) {
    const returning = this.#watched === "" && !this.#firstWatch;
    const age = this.#firstWatch ? performance.now() / 1000 + 1 : SWAP_AGE_SECONDS;
    this.#firstWatch = false;
    this.#watched = key;
    this.#send({ watch, since: returning ? (this.#last ?? 0) : null, age });
  }

  #send(said) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(said));
    return true;
  }

  #heard(message) {
    this.#listenForSilence();
    if (message.id) this.#last = message.id;
    if (message.present) this.#presence.paint(message.present);
    if (message.reload) this.#everything();
    else for (const topic of message.topics ?? []) this.#changed(topic);
  }

  #everything() {
    for (const element of document.querySelectorAll("[data-live]")) {
      setTimeout(() => this.#fire(element, ""), Math.random() * 1500);
    }
  }

  #changed(topic) {
    for (const element of document.querySelectorAll(`[data-live~="${CSS.escape(topic)}"]`)) this.#fire(element, topic);
  }

  // The first change shows at once; a burst after it costs one more fetch, not one each.
  #fire(element, topic) {
    const now = performance.now();
    const gap = Number(element.dataset.liveGap) || GAP_MS;
    const due = this.#due.get(element) ?? { at: -Infinity, timer: 0 };
    const send = () => {
      this.#due.set(element, { at: performance.now(), timer: 0 });
      if (element.isConnected) element.dispatchEvent(new CustomEvent("live", { detail: { topic } }));
    };
    if (due.timer) return;
    if (now - due.at >= gap) send();
    else this.#due.set(element, { at: due.at, timer: setTimeout(send, due.at + gap - now) });
  }
}
