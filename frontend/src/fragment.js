/** A box whose content comes from the server again and again, without taking the focus or a half-written form away. */
export class FragmentSlot {
  #box;
  #last = "";

  constructor(box) {
    this.#box = box;
  }

  show(html) {
    const fresh = html.replace(/name="csrfmiddlewaretoken" value="[^"]*"/g, "");
    if (fresh === this.#last) return;
    this.#last = fresh;
    const focus = this.#focused();
    const open = this.#box.querySelector("[popover]:popover-open")?.id;
    const template = document.createElement("template");
    template.innerHTML = html;
    for (const part of template.content.querySelectorAll("[data-keep][id]")) {
      const old = this.#box.querySelector(`#${CSS.escape(part.id)}`);
      if (old) part.replaceWith(old);
    }
    this.#box.replaceChildren(...template.content.childNodes);
    if (open) document.getElementById(open)?.showPopover?.();
    this.#refocus(focus);
  }

  #focused() {
    const active = document.activeElement;
    if (!this.#box.contains(active)) return null;
    const { act, keepFocus } = active.dataset;
    const selector = act ? `[data-act="${act}"]` : keepFocus ? `[data-keep-focus="${keepFocus}"]` : "";
    return { active, selector };
  }

  #refocus(focus) {
    if (!focus) return;
    const again = focus.active.isConnected ? focus.active : focus.selector && this.#box.querySelector(focus.selector);
    (again || this.#box.querySelector("[data-keep-focus]"))?.focus({ preventScroll: true });
  }
}
