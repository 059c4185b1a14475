import { toast } from "./notices.js";
import { clock } from "./timer.js";
import { word } from "./words.js";

let playing = null;

/** A native audio element with a waveform to click on; without script its audio stays reachable by its link. */
export class PlayerElement extends HTMLElement {
  connectedCallback() {
    if (this.ready) return;
    this.ready = true;
    this.audio = this.querySelector("audio");
    this.button = this.querySelector("[data-play]");
    this.slider = this.querySelector("input[type=range]");
    this.bars = [...this.querySelectorAll("svg.w rect")];
    this.button.addEventListener("click", () => this.toggle());
    this.slider.addEventListener("input", () => this.seek(Number(this.slider.value)));
    this.querySelector("[data-rate]")?.addEventListener("change", (event) => (this.audio.playbackRate = Number(event.target.value)));
    this.addEventListener("keydown", (event) => this.press(event));
    for (const kind of ["play", "pause", "ended", "timeupdate", "loadedmetadata"]) this.audio.addEventListener(kind, () => this.show());
    this.audio.addEventListener("error", () => this.audio.currentSrc && toast(word("player.failed"), "error"));
    this.show();
  }

  disconnectedCallback() {
    this.audio?.pause();
  }

  get length() {
    return Number.isFinite(this.audio.duration) ? this.audio.duration : Number(this.slider.max);
  }

  toggle() {
    if (!this.audio.paused) return this.audio.pause();
    if (playing && playing !== this) playing.audio.pause();
    playing = this;
    this.audio.play().catch(() => toast(word("player.failed"), "error"));
  }

  seek(seconds) {
    this.audio.currentTime = Math.min(Math.max(seconds, 0), this.length);
    this.show();
  }

  press(event) {
    if (event.target === this.slider && event.key === " ") this.toggle();
    else if (event.target === this.button && event.key === "ArrowRight") this.seek(this.audio.currentTime + 5);
    else if (event.target === this.button && event.key === "ArrowLeft") this.seek(this.audio.currentTime - 5);
    else return;
    event.preventDefault();
  }

  show() {
    const { length } = this;
    const at = this.audio.currentTime;
    if (length > 0) this.slider.max = String(Math.ceil(length));
    this.slider.value = String(Math.floor(at));
    this.slider.setAttribute("aria-valuetext", `${clock(at)} / ${clock(length)}`);
    this.querySelector("[data-at]").textContent = clock(at);
    if (Number.isFinite(this.audio.duration)) this.querySelector("[data-length]").textContent = clock(length);
    const share = length > 0 ? at / length : 0;
    this.bars.forEach((bar, i) => bar.classList.toggle("rest", at > 0 && i / this.bars.length > share));
    this.button.setAttribute("aria-label", word(this.audio.paused ? "player.play" : "player.pause"));
    this.querySelector('[data-icon="play"]').hidden = !this.audio.paused;
    this.querySelector('[data-icon="pause"]').hidden = this.audio.paused;
  }
}

customElements.define("hallom-player", PlayerElement);
