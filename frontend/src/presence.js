import { announce } from "./notices.js";
import { word } from "./words.js";

const WRITING_MS = 20_000;

/** Who else looks at what is on the page, and telling the others that one does. */
export class Presence {
  #send;
  #told = "";
  #look = "";
  #present = new Map();
  #typedAt = -Infinity;
  #quiet = 0;

  /** `send` takes `{look, writing}` and is false when there is nobody to tell. */
  constructor(send) {
    this.#send = send;
    document.addEventListener("input", (event) => event.target.closest?.("form.composer") && this.#typed());
    document.addEventListener("visibilitychange", () => this.tell());
  }

  /** The connection is a new one: the other end knows nothing. */
  forget() {
    this.#told = "";
  }

  /** Looks at what the page shows now; `live.js` calls it after every swap. */
  tell() {
    const look = document.visibilityState === "visible" ? (document.querySelector("[data-look]")?.dataset.look ?? "") : "";
    const writing = Boolean(look) && performance.now() - this.#typedAt < WRITING_MS;
    const said = look && `${look} ${writing}`;
    if (look !== this.#look) this.#leave(look);
    // What was swapped in a moment ago is empty.
    for (const [topic, people] of this.#present) draw(topic, people);
    if (said !== this.#told && this.#send({ look: look || null, writing })) this.#told = said;
  }

  paint(present) {
    for (const [topic, people] of Object.entries(present)) {
      if (topic !== this.#look) continue;
      const before = new Map((this.#present.get(topic) ?? []).map((one) => [one.id, one.writing]));
      const fresh = people.filter((one) => before.get(one.id) !== one.writing);
      this.#present.set(topic, people);
      draw(topic, people);
      if (fresh.length) announce(fresh.map(wordsOf).join(" · "));
    }
  }

  #leave(look) {
    this.#look = look;
    this.#present.clear();
    this.#typedAt = -Infinity;
  }

  #typed() {
    this.#typedAt = performance.now();
    this.tell();
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => this.tell(), WRITING_MS + 50);
  }
}

const wordsOf = ({ name, writing }) => word(writing ? "presence.writes" : "presence.looks", { name });

function draw(topic, people) {
  for (const list of document.querySelectorAll(`[data-presence="${CSS.escape(topic)}"]`)) {
    list.replaceChildren(...people.map(rowOf));
    list.hidden = !people.length;
  }
}

function rowOf({ id, name, initials, tone, writing }) {
  const row = document.createElement("li");
  row.dataset.person = id;
  const face = document.createElement("span");
  face.className = `av s tone-${tone}`;
  face.setAttribute("aria-hidden", "true");
  face.textContent = initials;
  const words = document.createElement("span");
  words.textContent = wordsOf({ name, writing });
  row.classList.toggle("writing", writing);
  row.append(face, words);
  return row;
}
