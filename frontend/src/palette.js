import { Chooser } from "./chooser.js";
import { visit } from "./navigation.js";

/** Ctrl+K: pages, tickets and people by a few letters; goes there within the frame, so that a call goes on. */
export class PaletteElement extends Chooser {
  #before = null;

  open() {
    const before = document.activeElement;
    if (this.show()) this.#before = before;
  }

  // The browser gives the focus back, but to the beginning of a text.
  closed() {
    this.#before?.closest?.("hallom-composer")?.focus();
  }

  choose(option) {
    this.dialog.close();
    if (option.dataset.dial) document.querySelector("hallom-deck")?.dial(option.dataset.dial);
    else visit(option.getAttribute("href"));
  }
}

export function watchPalette(root) {
  const open = () => root.querySelector("hallom-palette")?.open();
  // Before whatever has the focus: also while writing.
  root.addEventListener(
    "keydown",
    (event) => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
      if (!root.querySelector("hallom-palette")) return;
      event.preventDefault();
      event.stopPropagation();
      open();
    },
    { capture: true },
  );
  root.addEventListener("click", (event) => event.target.closest?.("[data-palette]") && open());
}

customElements.define("hallom-palette", PaletteElement);
