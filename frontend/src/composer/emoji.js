import { announce } from "../notices.js";
import { word } from "../words.js";
import { closeFromOutside, hide, showNear } from "./popups.js";

const LANGUAGES = ["en", "hu", "pl"];
const RECENT = "hallom-emoji";
const MOST_RECENT = 16;
const bare = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").replaceAll("ł", "l").toLowerCase();
let known = null;

/** `[{emoji, name, names}]`: `name` in the page's language, `names` in all three for the search. */
async function all() {
  if (known) return known;
  const { default: text } = await import("./emoji-data.txt");
  const at = Math.max(LANGUAGES.indexOf(document.documentElement.lang), 0);
  known = text.trim().split("\n").map((line) => {
    const [emoji, ...names] = line.split("|");
    return { emoji, name: names[at].split(", ")[0], names: ` ${bare(names.join(", "))}` };
  });
  return known;
}

function recent() {
  try {
    return JSON.parse(localStorage.getItem(RECENT) ?? "[]").filter((one) => typeof one === "string");
  } catch {
    return [];
  }
}

export class EmojiPicker {
  #box;
  #search;
  #grid;
  #insert;
  #back;
  #stop = () => {};

  constructor(host, { insert, back, signal }) {
    this.#box = host.querySelector("[data-emoji]");
    this.#search = this.#box.querySelector("input");
    this.#grid = this.#box.querySelector("[role=group]");
    this.#insert = insert;
    this.#back = back;
    this.#search.addEventListener("input", (event) => (event.stopPropagation(), this.#draw(this.#search.value)), { signal });
    this.#box.addEventListener("keydown", (event) => this.#press(event), { signal });
    this.#grid.addEventListener("click", (event) => event.target.matches("button") && this.#choose(event.target.textContent), { signal });
  }

  async open(button) {
    if (this.#box.matches(":popover-open")) return this.#close(true);
    this.#search.value = "";
    await this.#draw("");
    await showNear(this.#box, button.getBoundingClientRect());
    this.#search.focus();
    this.#stop = closeFromOutside(this.#box, (back) => this.#close(back));
  }

  async #draw(typed) {
    const wanted = bare(typed.trim());
    const list = await all();
    const kept = recent();
    const found = wanted ? list.filter((one) => one.names.includes(` ${wanted}`)) : [...list.filter((one) => kept.includes(one.emoji)).sort((a, b) => kept.indexOf(a.emoji) - kept.indexOf(b.emoji)), ...list.filter((one) => !kept.includes(one.emoji))];
    this.#grid.replaceChildren(...found.map((one, index) => this.#button(one, index)));
    if (wanted) announce(word(found.length ? "composer.choices" : "composer.no_choices", { count: found.length }));
  }

  #button({ emoji, name }, index) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = emoji;
    button.title = name;
    button.tabIndex = index ? -1 : 0;
    button.setAttribute("aria-label", name);
    return button;
  }

  #press(event) {
    const buttons = [...this.#grid.children];
    const at = buttons.indexOf(event.target);
    if (at < 0) return this.#pressInSearch(event, buttons);
    const columns = buttons.filter((one) => one.offsetTop === buttons[0].offsetTop).length;
    const goal = { ArrowRight: at + 1, ArrowLeft: at - 1, ArrowDown: at + columns, ArrowUp: at - columns, Home: 0, End: buttons.length - 1 }[event.key];
    if (goal === undefined) return;
    event.preventDefault();
    if (goal < 0) this.#search.focus();
    else this.#focus(buttons[Math.min(goal, buttons.length - 1)], buttons);
  }

  #pressInSearch(event, buttons) {
    if (event.key === "Enter") {
      // It would send the form around it.
      event.preventDefault();
      event.stopPropagation();
      if (buttons.length && !event.ctrlKey) this.#choose(buttons[0].textContent);
    } else if (event.key === "ArrowDown" && buttons.length) {
      event.preventDefault();
      this.#focus(buttons[0], buttons);
    }
  }

  #focus(button, buttons) {
    for (const one of buttons) one.tabIndex = one === button ? 0 : -1;
    button.focus();
    button.scrollIntoView({ block: "nearest" });
  }

  #choose(emoji) {
    localStorage.setItem(RECENT, JSON.stringify([emoji, ...recent().filter((one) => one !== emoji)].slice(0, MOST_RECENT)));
    this.#close(false);
    this.#insert(emoji);
  }

  #close(back) {
    this.#stop();
    hide(this.#box);
    if (back) this.#back();
  }
}
