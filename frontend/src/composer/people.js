import { announce } from "../notices.js";
import { icon, word } from "../words.js";

const DONE = new Set(["Enter", ",", ";"]);
const REMOVING = new Set(["Backspace", "Delete"]);
const SIDEWAYS = { ArrowLeft: -1, ArrowRight: 1 };

/** As hallom/tickets/persons.py reads them: between commas and semicolons, but not within quotes. */
export function pieces(typed) {
  return (typed.match(/(?:"[^"]*"?|[^,;"])+/g) ?? []).map((piece) => piece.trim()).filter(Boolean);
}

export function nameOf(person) {
  const [, name, address] = person.match(/^(.*?)<([^>]*)>?$/) ?? ["", "", person];
  return { name: name.replaceAll('"', "").trim() || address.trim(), address: address.trim() };
}

const looksRight = (address) => /^[^\s@]+@[^\s@]+$/.test(address);

/** Whom a mail goes to, one chip each. The field inside keeps the whole of it, as the form sends it. */
export class PeopleElement extends HTMLElement {
  #field = null;
  #typing = null;

  connectedCallback() {
    // A form that is put back after the other kind was shown has been built before.
    if (this.#field) return;
    this.#field = this.querySelector("input[name]");
    this.#field.hidden = true;
    this.#typing = document.createElement("input");
    this.#typing.autocomplete = "off";
    this.#typing.spellcheck = false;
    this.#typing.setAttribute("aria-label", this.#field.getAttribute("aria-label"));
    this.append(this.#typing);
    this.#show();
    this.addEventListener("keydown", (event) => this.#press(event));
    this.addEventListener("focusout", (event) => event.target === this.#typing && this.#take());
    this.addEventListener("click", (event) => this.#click(event));
  }

  focus() {
    (this.#typing ?? this.querySelector("input"))?.focus();
  }

  get #people() {
    return pieces(this.#field.value);
  }

  get #buttons() {
    return [...this.querySelectorAll("button")];
  }

  #press(event) {
    if (event.target === this.#typing) this.#pressTyping(event);
    else this.#pressChip(event);
  }

  #pressTyping(event) {
    const { value, selectionStart, selectionEnd } = this.#typing;
    // With Ctrl the whole answer is sent: what is typed here belongs to it.
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) return void this.#take();
    const isQuoted = (value.split('"').length - 1) % 2 === 1;
    if (DONE.has(event.key) && !isQuoted && !event.isComposing) {
      event.preventDefault();
      this.#take();
    } else if ((event.key === "Backspace" || event.key === "ArrowLeft") && !selectionStart && !selectionEnd && this.#buttons.length) {
      event.preventDefault();
      this.#buttons.at(-1).focus();
    }
  }

  #pressChip(event) {
    const at = this.#buttons.indexOf(event.target);
    if (at < 0) return;
    const step = SIDEWAYS[event.key];
    if (!step && !REMOVING.has(event.key)) return;
    event.preventDefault();
    if (step) (this.#buttons[at + step] ?? (step > 0 ? this.#typing : event.target)).focus();
    else this.#remove(at);
  }

  #click(event) {
    const at = this.#buttons.indexOf(event.target.closest("button"));
    if (at >= 0) this.#remove(at);
    else if (event.target === this) this.#typing.focus();
  }

  #take() {
    const added = pieces(this.#typing.value);
    this.#typing.value = "";
    if (added.length) this.#keep([...this.#people, ...added]);
  }

  #remove(at) {
    const people = this.#people;
    const [gone] = people.splice(at, 1);
    this.#keep(people);
    (this.#buttons[Math.min(at, people.length - 1)] ?? this.#typing).focus();
    announce(word("composer.removed", { name: nameOf(gone).name }));
  }

  #keep(people) {
    this.#field.value = people.join(", ");
    this.#show();
    this.#field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  #show() {
    for (const chip of this.querySelectorAll(".chip")) chip.remove();
    this.#typing.before(...this.#people.map(chipOf));
    this.#typing.placeholder = this.#people.length ? "" : this.#field.placeholder;
  }
}

function chipOf(person) {
  const { name, address } = nameOf(person);
  const chip = document.createElement("span");
  chip.className = looksRight(address) ? "chip" : "chip cherry";
  chip.title = address;
  const label = document.createElement("span");
  label.className = "cut";
  label.textContent = name;
  const button = document.createElement("button");
  button.type = "button";
  button.setAttribute("aria-label", word("composer.remove", { name }));
  button.append(icon("remove"));
  chip.append(label, button);
  return chip;
}
