const running = new Set();
let ticking = null;

export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const pad = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours ? `${hours}:${pad(minutes)}:${pad(whole % 60)}` : `${minutes}:${pad(whole % 60)}`;
}

function tick() {
  const now = Date.now() / 1000;
  for (const timer of running) timer.show(now);
}

export class TimerElement extends HTMLElement {
  static observedAttributes = ["since"];

  connectedCallback() {
    this.setAttribute("role", "timer");
    // A clock that is read out every second would drown everything else.
    this.setAttribute("aria-live", "off");
    running.add(this);
    ticking ??= setInterval(tick, 1000);
    this.show(Date.now() / 1000);
  }

  disconnectedCallback() {
    running.delete(this);
    if (running.size) return;
    clearInterval(ticking);
    ticking = null;
  }

  attributeChangedCallback() {
    if (this.isConnected) this.show(Date.now() / 1000);
  }

  show(now) {
    const since = Number(this.getAttribute("since"));
    const text = clock(this.hasAttribute("countdown") ? since - now : now - since);
    if (this.textContent !== text) this.textContent = text;
  }
}

customElements.define("hallom-timer", TimerElement);
