import { Extension, Node } from "@tiptap/core";
import { PluginKey } from "@tiptap/pm/state";
import Suggestion from "@tiptap/suggestion";
import { Listbox } from "./listbox.js";

const PAUSE_MS = 120;
// A slash may stand in any text: what follows it is a search only for as long as a name is.
const LONGEST_QUERY = 40;

/** The options of a suggestion whose choices come from the server and are shown in a listbox. */
function suggestion(editor, { name, char, allowSpaces = false, label, host, ask, command }) {
  let list;
  const draw = (props) =>
    list.show(props.items, { rect: props.clientRect?.(), choose: (item) => props.command(item), loading: props.loading });
  return Suggestion({
    editor,
    char,
    allowSpaces,
    allow: ({ state, range }) => {
      const text = state.doc.textBetween(range.from, range.to, " ", " ");
      return text.length <= LONGEST_QUERY && !/^.\s/.test(text);
    },
    pluginKey: new PluginKey(name),
    debounce: PAUSE_MS,
    // A service that does not answer must not stand in the way of what is written.
    items: ({ query, signal }) => ask(query, signal).catch(() => []),
    command,
    render: () => ({
      onStart: (props) => ((list ??= new Listbox(host, editor.view.dom, label)), draw(props)),
      onUpdate: draw,
      onKeyDown: ({ event }) => list?.press(event) ?? false,
      onExit: () => list?.close(),
    }),
  });
}

export const Mention = Node.create({
  name: "mention",
  group: "inline",
  inline: true,
  atom: true,
  selectable: false,
  addAttributes: () => ({
    person: { default: "", parseHTML: (element) => element.dataset.mention, renderHTML: ({ person }) => ({ "data-mention": person }) },
    label: { default: "", parseHTML: (element) => element.textContent.replace(/^@/, ""), rendered: false },
  }),
  parseHTML: () => [{ tag: "span[data-mention]" }],
  renderHTML: ({ node, HTMLAttributes }) => ["span", HTMLAttributes, `@${node.attrs.label}`],
  renderText: ({ node }) => `@${node.attrs.label}`,
  addProseMirrorPlugins() {
    const { ask, label, host } = this.options;
    if (!ask) return [];
    const command = ({ editor, range, props }) =>
      editor.chain().focus().insertContentAt(range, [{ type: "mention", attrs: { person: String(props.id), label: props.label } }, { type: "text", text: " " }]).run();
    return [suggestion(this.editor, { name: "mentions", char: "@", label, host, ask, command })];
  },
});

export const Snippets = Extension.create({
  name: "snippets",
  addProseMirrorPlugins() {
    const { ask, label, host, choose } = this.options;
    if (!ask) return [];
    const command = ({ editor, range, props }) => {
      editor.chain().focus().deleteRange(range).run();
      choose(props);
    };
    return [suggestion(this.editor, { name: "snippets", char: "/", allowSpaces: true, label, host, ask, command })];
  },
});
