import { word } from "./words.js";

const ON_SECONDS = 1.2;
const EVERY_MS = 3500;
const FLASH_MS = 1000;

let context = null;

function sound() {
  context ??= new AudioContext();
  // Browsers hold audio back until the page was used once.
  if (context.state === "suspended") context.resume().catch(() => {});
  return context;
}

function chime() {
  const audio = sound();
  const start = audio.currentTime + 0.02;
  const gain = audio.createGain();
  gain.connect(audio.destination);
  gain.gain.setValueAtTime(0, start);
  gain.gain.linearRampToValueAtTime(0.16, start + 0.05);
  gain.gain.setValueAtTime(0.16, start + ON_SECONDS - 0.2);
  gain.gain.linearRampToValueAtTime(0, start + ON_SECONDS);
  for (const [pitch, from, until] of [[523.25, 0, 0.4], [659.25, 0.4, 0.8], [783.99, 0.8, ON_SECONDS]]) {
    const tone = audio.createOscillator();
    tone.frequency.value = pitch;
    tone.connect(gain);
    tone.start(start + from);
    tone.stop(start + until);
  }
}

/** Ring tone and a title that flashes, from start() until stop(). */
export class Ringing {
  #tone = null;
  #flash = null;
  #name = "";
  #shown = "";
  #title = "";

  get isOn() {
    return this.#tone !== null;
  }

  start(name) {
    this.#name = name;
    if (this.isOn) return;
    chime();
    this.#tone = setInterval(chime, EVERY_MS);
    this.#flash = setInterval(() => this.#turn(), FLASH_MS);
    this.#turn();
  }

  stop() {
    if (!this.isOn) return;
    clearInterval(this.#tone);
    clearInterval(this.#flash);
    this.#tone = this.#flash = null;
    if (document.title === this.#shown) document.title = this.#title;
    this.#shown = "";
  }

  // A navigation in between sets the title anew, so the one to return to is looked at every time.
  #turn() {
    if (document.title === this.#shown) {
      document.title = this.#title;
      return;
    }
    this.#title = document.title;
    this.#shown = `☎ ${word("deck.title", { name: this.#name })}`;
    document.title = this.#shown;
  }
}
