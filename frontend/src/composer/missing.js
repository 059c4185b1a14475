import { Mark } from "@tiptap/core";
import { Plugin, TextSelection } from "@tiptap/pm/state";

/** A variable of a template that nobody has filled in: marked until its text is another one. */
export const Missing = Mark.create({
  name: "missing",
  inclusive: false,
  addAttributes: () => ({
    variable: { default: "", parseHTML: (element) => element.dataset.missing, renderHTML: ({ variable }) => ({ "data-missing": variable }) },
    shown: { default: "", parseHTML: (element) => element.textContent, rendered: false },
  }),
  parseHTML: () => [{ tag: "mark[data-missing]" }],
  renderHTML: ({ HTMLAttributes }) => ["mark", HTMLAttributes, 0],
  addProseMirrorPlugins() {
    const type = this.type;
    return [
      new Plugin({
        appendTransaction(transactions, _old, state) {
          if (!transactions.some((one) => one.docChanged)) return null;
          const filled = missingIn(state.doc).filter((one) => one.text !== one.mark.attrs.shown);
          if (!filled.length) return null;
          return filled.reduce((change, { from, to }) => change.removeMark(from, to, type), state.tr).removeStoredMark(type);
        },
      }),
    ];
  },
});

/** Where variables are missing: `{from, to, text, mark}`, one for each, though its text be in several pieces. */
export function missingIn(doc) {
  const found = [];
  doc.descendants((node, at) => {
    const mark = node.isText && node.marks.find((one) => one.type.name === "missing");
    if (!mark) return;
    const last = found.at(-1);
    if (last && last.to === at && last.mark.eq(mark)) {
      last.to = at + node.nodeSize;
      last.text += node.text;
    } else found.push({ from: at, to: at + node.nodeSize, text: node.text, mark });
  });
  return found;
}

/** Selects the first one, so that typing fills it in. */
export function goToMissing(editor) {
  const [first] = missingIn(editor.state.doc);
  if (!first) return;
  editor.view.dispatch(editor.state.tr.setSelection(TextSelection.create(editor.state.doc, first.from, first.to)).scrollIntoView());
  editor.view.focus();
}
