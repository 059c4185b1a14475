import { toast } from "./notices.js";
import { clock } from "./timer.js";
import { word } from "./words.js";

let playing = null;

/** Audio with a waveform to click on. Several files of one call are one stretch of time: `data-parts` says when each begins. */
export class PlayerElement extends HTMLElement {
  connectedCallback() {
    if (this.ready) return;
    this.ready = true;
    this.audio = this.querySelector("audio");
    this.button = this.querySelector("[data-play]");
    this.slider = this.querySelector("input[type=range]");
    this.bars = [...this.querySelectorAll("svg.w rect")];
    this.parts = JSON.parse(this.dataset.parts ?? "null") ?? [{ src: this.audio.getAttribute("src"), offset: 0 }];
    this.playingPart = 0;
    this.button.addEventListener("click", () => this.toggle());
    this.slider.addEventListener("input", () => this.seek(Number(this.slider.value)));
    this.querySelector("[data-rate]")?.addEventListener("change", (event) => this.#rate(Number(event.target.value)));
    this.addEventListener("keydown", (event) => this.press(event));
    this.audio.addEventListener("ended", () => this.#next());
    for (const kind of ["play", "pause", "ended", "timeupdate", "loadedmetadata"]) this.audio.addEventListener(kind, () => this.show());
    this.audio.addEventListener("error", () => this.audio.currentSrc && toast(word("player.failed"), "error"));
    this.#markGaps();
    this.show();
  }

  disconnectedCallback() {
    this.audio?.pause();
  }

  get isWhole() {
    return this.parts.length === 1;
  }

  get length() {
    const last = this.parts.at(-1);
    if (!this.isWhole) return last.offset + last.seconds;
    return Number.isFinite(this.audio.duration) ? this.audio.duration : Number(this.slider.max);
  }

  /** Seconds on the time line of all parts. */
  get at() {
    return this.parts[this.playingPart].offset + (this.pending ?? this.audio.currentTime);
  }

  toggle() {
    if (!this.audio.paused) return this.audio.pause();
    if (playing && playing !== this) playing.audio.pause();
    playing = this;
    if (!this.isWhole && this.at >= this.length - 0.05) this.seek(0);
    this.#play();
  }

  // Where nothing was recorded there is nothing to hear: the next part begins at once.
  seek(seconds) {
    const wanted = Math.min(Math.max(seconds, 0), this.length);
    const found = this.isWhole ? 0 : this.parts.findIndex((one) => wanted < one.offset + one.seconds);
    const part = found < 0 ? this.parts.length - 1 : found;
    this.#go(part, Math.max(wanted - this.parts[part].offset, 0));
    this.show();
  }

  #go(part, seconds) {
    if (part === this.playingPart) {
      this.audio.currentTime = seconds;
      return;
    }
    const wasPlaying = !this.audio.paused;
    this.playingPart = part;
    this.pending = seconds;
    this.audio.src = this.parts[part].src;
    this.audio.addEventListener("loadedmetadata", () => this.#arrive(), { once: true });
    if (wasPlaying) this.#play();
    else this.audio.load();
  }

  #arrive() {
    this.audio.currentTime = this.pending ?? 0;
    this.pending = undefined;
    this.show();
  }

  #next() {
    if (this.playingPart + 1 >= this.parts.length) return;
    this.#go(this.playingPart + 1, 0);
    this.#play();
  }

  #play() {
    this.audio.play().catch((error) => error.name === "AbortError" || toast(word("player.failed"), "error"));
  }

  #rate(rate) {
    this.audio.defaultPlaybackRate = this.audio.playbackRate = rate;
  }

  #markGaps() {
    if (this.isWhole) return;
    this.bars.forEach((bar, i) => {
      const at = ((i + 0.5) / this.bars.length) * this.length;
      const isHeard = this.parts.some((one) => one.offset <= at && at < one.offset + one.seconds);
      bar.classList.toggle("gap", !isHeard);
    });
  }

  press(event) {
    if (event.target === this.slider && event.key === " ") this.toggle();
    else if (event.target === this.button && event.key === "ArrowRight") this.seek(this.at + 5);
    else if (event.target === this.button && event.key === "ArrowLeft") this.seek(this.at - 5);
    else return;
    event.preventDefault();
  }

  show() {
    const { length, at } = this;
    if (length > 0) this.slider.max = String(Math.ceil(length));
    this.slider.value = String(Math.floor(at));
    this.slider.setAttribute("aria-valuetext", `${clock(at)} / ${clock(length)}`);
    this.querySelector("[data-at]").textContent = clock(at);
    if (!this.isWhole || Number.isFinite(this.audio.duration)) this.querySelector("[data-length]").textContent = clock(length);
    const share = length > 0 ? at / length : 0;
    this.bars.forEach((bar, i) => bar.classList.toggle("rest", at > 0 && i / this.bars.length > share));
    this.button.setAttribute("aria-label", word(this.audio.paused ? "player.play" : "player.pause"));
    this.querySelector('[data-icon="play"]').hidden = !this.audio.paused;
    this.querySelector('[data-icon="pause"]').hidden = this.audio.paused;
  }
}

customElements.define("hallom-player", PlayerElement);
