const MARKS = { bold: "bold", italic: "italic", bullets: "bulletList", numbers: "orderedList", quote: "blockquote", code: "code", link: "link" };
const COMMANDS = {
  bold: (chain) => chain.toggleBold(),
  italic: (chain) => chain.toggleItalic(),
  bullets: (chain) => chain.toggleBulletList(),
  numbers: (chain) => chain.toggleOrderedList(),
  quote: (chain) => chain.toggleBlockquote(),
  code: (chain) => chain.toggleCode(),
};

/** The buttons `data-do` of the composer: they act, show what holds at the caret, and are one stop of the Tab key a bar. */
export class Toolbar {
  #buttons;

  constructor(host, { editor, acts, signal }) {
    this.#buttons = [...host.querySelectorAll("[data-do]")];
    for (const button of this.#buttons) {
      const act = acts[button.dataset.do] ?? (() => COMMANDS[button.dataset.do](editor().chain().focus()).run());
      // A press must not take the focus from the text, or the place in it would be lost.
      button.addEventListener("pointerdown", (event) => event.preventDefault(), { signal });
      button.addEventListener("mousedown", (event) => event.preventDefault(), { signal });
      button.addEventListener("click", () => act(button), { signal });
    }
    for (const bar of host.querySelectorAll("[role=toolbar]")) rove(bar, signal);
  }

  show(editor) {
    for (const button of this.#buttons) {
      const mark = MARKS[button.dataset.do];
      if (mark) button.setAttribute("aria-pressed", String(editor.isActive(mark)));
    }
  }
}

/** Arrow keys within a group of buttons, which is one stop for Tab. */
export function rove(bar, signal, selector = "button") {
  const all = () => [...bar.querySelectorAll(selector)].filter((button) => !button.hidden);
  const stop = (button) => all().forEach((one) => (one.tabIndex = one === button ? 0 : -1));
  stop(all()[0]);
  bar.addEventListener("focusin", (event) => all().includes(event.target) && stop(event.target), { signal });
  bar.addEventListener(
    "keydown",
    (event) => {
      const buttons = all();
      const at = buttons.indexOf(event.target);
      const goal = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
      if (at < 0 || goal === undefined) return;
      event.preventDefault();
      buttons[(goal + buttons.length) % buttons.length].focus();
    },
    { signal },
  );
}
