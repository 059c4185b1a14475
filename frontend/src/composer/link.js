import { TextSelection } from "@tiptap/pm/state";
import { closeFromOutside, hide, showNear } from "./popups.js";

const SCHEME = /^(https?|mailto|tel):/i;

/** What somebody typed as an address: `example.com` and `me@example.com` get their scheme, others than a mail can hold are refused. */
export function addressOf(text) {
  const typed = text.trim();
  if (!typed || SCHEME.test(typed)) return typed;
  if (/^[^\s@/]+@[^\s@/]+\.[^\s@/]+$/.test(typed)) return `mailto:${typed}`;
  return /^[a-z][a-z0-9+.-]*:(?!\d)/i.test(typed) ? "" : `https://${typed}`;
}

export class LinkForm {
  #box;
  #input;
  #editor;
  #stop = () => {};

  constructor(host, { editor, signal }) {
    this.#box = host.querySelector("[data-link]");
    this.#input = this.#box.querySelector("input");
    this.#editor = editor;
    this.#input.addEventListener("keydown", (event) => event.key === "Enter" && (event.preventDefault(), event.stopPropagation(), this.#apply()), { signal });
    this.#input.addEventListener("input", (event) => event.stopPropagation(), { signal });
    this.#box.querySelector("[data-link-set]").addEventListener("click", () => this.#apply(), { signal });
    this.#box.querySelector("[data-link-remove]").addEventListener("click", () => this.#set(""), { signal });
  }

  open() {
    const editor = this.#editor();
    readSelection(editor.view);
    const { from } = editor.state.selection;
    const { left, top, bottom } = editor.view.coordsAtPos(from);
    this.#input.value = editor.getAttributes("link").href ?? "";
    this.#box.querySelector("[data-link-remove]").hidden = !this.#input.value;
    showNear(this.#box, new DOMRect(left, top, 0, bottom - top));
    this.#input.focus();
    this.#input.select();
    this.#stop = closeFromOutside(this.#box, (back) => this.#close(back));
  }

  #apply() {
    const address = addressOf(this.#input.value);
    this.#input.setAttribute("aria-invalid", String(!address && Boolean(this.#input.value.trim())));
    if (address || !this.#input.value.trim()) this.#set(address);
  }

  #set(href) {
    const editor = this.#editor();
    const chain = editor.chain().focus();
    if (!href) chain.extendMarkRange("link").unsetLink().run();
    else if (editor.state.selection.empty && !editor.isActive("link")) chain.insertContent({ type: "text", text: href.replace(/^(https:\/\/|mailto:|tel:)/, ""), marks: [{ type: "link", attrs: { href } }] }).run();
    else chain.extendMarkRange("link").setLink({ href }).run();
    this.#close(true);
  }

  #close(back) {
    this.#stop();
    hide(this.#box);
    if (back) this.#editor().view.focus();
  }
}

// The browser tells the editor of a selection a moment after the key that made it; by then the focus is in this form.
function readSelection(view) {
  const shown = document.getSelection();
  if (!shown.rangeCount || !view.dom.contains(shown.anchorNode) || !view.dom.contains(shown.focusNode)) return;
  const [anchor, head] = [view.posAtDOM(shown.anchorNode, shown.anchorOffset), view.posAtDOM(shown.focusNode, shown.focusOffset)];
  view.dispatch(view.state.tr.setSelection(TextSelection.between(view.state.doc.resolve(anchor), view.state.doc.resolve(head))));
}
