/** At most one tab of this browser holds the agent's phone. */
export class PhoneTab extends EventTarget {
  #name;
  #release = null;
  #waiting = null;

  constructor(agent) {
    super();
    this.#name = `hallom-phone-${agent}`;
  }

  get isHere() {
    return this.#release !== null;
  }

  /** Takes the phone if it is free; else waits for the other tab to close, and says so with "elsewhere". */
  async ask() {
    if (this.isHere || this.#waiting) return;
    if (!navigator.locks) return this.#become();
    let free = true;
    await new Promise((decided) => {
      this.#request({ ifAvailable: true }, (lock) => {
        free = lock !== null;
        decided();
        return free ? this.#hold() : undefined;
      });
    });
    if (free) return;
    this.dispatchEvent(new Event("elsewhere"));
    this.#waiting = new AbortController();
    this.#request({ signal: this.#waiting.signal }, () => this.#hold());
  }

  takeOver() {
    this.#waiting?.abort();
    this.#waiting = null;
    this.#request({ steal: true }, () => this.#hold());
  }

  release() {
    this.#waiting?.abort();
    this.#waiting = null;
    this.#release?.();
    this.#release = null;
  }

  #request(options, callback) {
    navigator.locks.request(this.#name, options, callback).catch((error) => {
      if (error.name !== "AbortError" || !this.isHere) return;
      this.#release = null;
      this.dispatchEvent(new Event("lost"));
      this.ask();
    });
  }

  #hold() {
    this.#waiting = null;
    return new Promise((release) => {
      this.#release = release;
      this.dispatchEvent(new Event("here"));
    });
  }

  #become() {
    this.#release = () => {};
    this.dispatchEvent(new Event("here"));
  }
}
