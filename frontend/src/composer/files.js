import { announce } from "../notices.js";
import { icon, word } from "../words.js";
import { Refused, upload } from "./requests.js";

const UNITS = ["B", "kB", "MB", "GB"];

export function sizeOf(bytes, language) {
  const step = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), UNITS.length - 1);
  return `${new Intl.NumberFormat(language, { maximumFractionDigits: step > 1 ? 1 : 0 }).format(bytes / 1000 ** step)} ${UNITS[step]}`;
}

/** Files under the text: on their way, there (with a hidden field each), or refused. */
export class Files {
  #list;
  #url;
  #changed;
  #running = new Set();

  constructor(list, { url, changed }) {
    this.#list = list;
    this.#url = url;
    this.#changed = changed;
  }

  get isBusy() {
    return this.#running.size > 0;
  }

  get isEmpty() {
    return !this.#list.querySelector("input");
  }

  start(given) {
    this.#list.replaceChildren();
    for (const file of given) this.add(file);
  }

  /** `bar`: shows how far it is; resolves with the server's answer and its row, or null when it was refused or withdrawn. */
  async send(file, bar) {
    const row = this.#row(file.name || word("composer.image"), bar);
    const ends = new AbortController();
    row.querySelector("button").addEventListener("click", () => ends.abort());
    this.#running.add(row);
    try {
      const answer = await upload(this.#url, file, { signal: ends.signal, progress: (share) => (row.querySelector("progress").value = bar.value = share) });
      return { answer, row };
    } catch (error) {
      if (error instanceof Refused) this.#refuse(row, error.message || word("request.failed"));
      else row.remove();
      return null;
    } finally {
      this.#running.delete(row);
    }
  }

  /** `instead`: the row of its upload, whose place it takes. */
  add({ id, name, size, url }, instead = null) {
    const row = this.#item(name);
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = "attachment";
    field.value = id;
    const detail = document.createElement("small");
    if (size) detail.textContent = sizeOf(Number(size), document.documentElement.lang);
    const link = row.querySelector("a");
    if (url) Object.assign(link, { href: url, target: "_blank", rel: "noopener" });
    row.append(detail, this.#remover(name, () => this.#drop(row)), field);
    if (instead?.parentNode) instead.replaceWith(row);
    else this.#list.append(row);
    this.#changed();
  }

  #row(name, bar) {
    const row = this.#item(name);
    const progress = bar.cloneNode();
    progress.setAttribute("aria-label", name);
    row.append(progress, this.#remover(name, () => row.remove()));
    this.#list.append(row);
    return row;
  }

  #item(name) {
    const row = document.createElement("li");
    const link = document.createElement("a");
    link.className = "cut";
    link.textContent = name;
    link.setAttribute("hx-boost", "false");
    row.append(icon("file"), link);
    return row;
  }

  #remover(name, act) {
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("aria-label", word("composer.remove", { name }));
    button.append(icon("remove"));
    button.addEventListener("click", act);
    return button;
  }

  #refuse(row, text) {
    row.classList.add("refused");
    const words = document.createElement("small");
    words.textContent = text;
    row.querySelector("progress").replaceWith(words);
    announce(`${row.querySelector("a").textContent}: ${text}`);
  }

  #drop(row) {
    const next = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    next?.querySelector("button")?.focus();
    this.#changed();
  }
}
