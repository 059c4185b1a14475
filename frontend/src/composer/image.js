import { Node } from "@tiptap/core";
import { NodeSelection } from "@tiptap/pm/state";
import { word } from "../words.js";

/** An image that was uploaded: no other can be shown, so pictures of pasted pages stay away. */
export const InlineImage = Node.create({
  name: "image",
  group: "inline",
  inline: true,
  draggable: true,
  addAttributes: () => ({
    attachment: { default: "", parseHTML: (element) => element.dataset.attachment, renderHTML: ({ attachment }) => ({ "data-attachment": attachment }) },
    src: { default: "" },
    alt: { default: "" },
  }),
  parseHTML: () => [{ tag: "img[data-attachment][src]" }],
  renderHTML: ({ HTMLAttributes }) => ["img", HTMLAttributes],
  renderText: ({ node }) => (node.attrs.alt ? `[${node.attrs.alt}]` : ""),
  addNodeView: () => (given) => new ImageView(given),
  addKeyboardShortcuts() {
    return {
      Enter: () => {
        const { selection } = this.editor.state;
        if (!(selection instanceof NodeSelection) || selection.node.type !== this.type) return false;
        this.editor.view.nodeDOM(selection.from)?.querySelector?.("input")?.focus();
        return true;
      },
    };
  },
});

class ImageView {
  constructor({ node, editor, getPos }) {
    Object.assign(this, { node, editor, getPos });
    this.dom = document.createElement("span");
    this.dom.className = "shot";
    this.image = document.createElement("img");
    this.input = document.createElement("input");
    this.input.type = "text";
    this.input.maxLength = 300;
    this.input.placeholder = word("composer.alt");
    this.input.setAttribute("aria-label", word("composer.alt"));
    this.input.addEventListener("input", (event) => (event.stopPropagation(), this.#describe()));
    this.input.addEventListener("keydown", (event) => this.#press(event));
    this.dom.append(this.image, this.input);
    this.#paint();
  }

  update(node) {
    if (node.type !== this.node.type) return false;
    this.node = node;
    this.#paint();
    return true;
  }

  selectNode() {
    this.dom.classList.add("selected");
  }

  deselectNode() {
    this.dom.classList.remove("selected");
  }

  stopEvent(event) {
    return this.input.contains(event.target);
  }

  ignoreMutation() {
    return true;
  }

  #paint() {
    const { src, alt } = this.node.attrs;
    if (this.image.getAttribute("src") !== src) this.image.src = src;
    this.image.alt = alt;
    if (this.input.value !== alt) this.input.value = alt;
  }

  #describe() {
    const { state, view } = this.editor;
    view.dispatch(state.tr.setNodeAttribute(this.getPos(), "alt", this.input.value));
  }

  #press(event) {
    if (event.key !== "Enter" && event.key !== "Escape") return;
    if (event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    this.editor.commands.focus(this.getPos() + this.node.nodeSize);
  }
}
