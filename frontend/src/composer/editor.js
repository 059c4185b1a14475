import { Editor, Extension, InputRule } from "@tiptap/core";
import { Placeholder } from "@tiptap/extensions";
import { Plugin } from "@tiptap/pm/state";
import StarterKit from "@tiptap/starter-kit";
import { InlineImage } from "./image.js";
import { Missing } from "./missing.js";
import { Mention, Snippets } from "./suggestions.js";
import { Uploading } from "./uploading.js";

export const HEART = "❤️";
const SCHEMES = ["http", "https", "mailto", "tel"];

// Block and inline quotes, lists and code come from the kit; what a mail cannot show well stays out.
const KIT = {
  heading: false,
  horizontalRule: false,
  dropcursor: { color: false, width: 2, class: "drop-here" },
  link: {
    openOnClick: false,
    autolink: true,
    defaultProtocol: "https",
    HTMLAttributes: { target: null, rel: null },
    // An address is what it says: no scheme that runs anything.
    isAllowedUri: (url) => !/^[a-z][a-z0-9+.-]*:/i.test(url) || SCHEMES.includes(url.split(":")[0].toLowerCase()),
  },
};

/** `<3` is a heart; `<30` was to be a number all the time. */
function heartRules() {
  let made = -1;
  return [
    new InputRule({
      find: /(?:^|\s)<3$/,
      handler: ({ state, range, match }) => {
        made = range.from + match[0].length - 2;
        state.tr.insertText(HEART, made, range.to);
      },
    }),
    new InputRule({
      find: new RegExp(`${HEART}(\\d)$`),
      handler: ({ state, range, match }) => (range.from === made ? void state.tr.insertText(`<3${match[1]}`, range.from, range.to) : null),
    }),
  ];
}

const Keys = (acts) =>
  Extension.create({
    name: "composerKeys",
    // Before the kit's own Ctrl+Enter, which breaks the line.
    priority: 1000,
    addKeyboardShortcuts: () => ({ "Mod-Enter": () => (acts.send(), true), "Mod-Shift-k": () => (acts.link(), true) }),
    addInputRules: heartRules,
    addProseMirrorPlugins: () => [
      new Plugin({
        props: {
          handlePaste: (_view, event) => acts.files(event.clipboardData, null),
          handleDrop: (view, event, _slice, moved) =>
            !moved && acts.files(event.dataTransfer, view.posAtCoords({ left: event.clientX, top: event.clientY })?.pos ?? null),
          transformPastedHTML: undressed,
        },
      }),
    ],
  });

const TAG = /<[a-z](?:[^>"']|"[^"]*"|'[^']*')*>/gi;
const DRESS = /\s(?:style|on[a-z]+)\s*=\s*("[^"]*"|'[^']*'|[^\s>]+)/gi;

/** HTML without styles and scripts. The schema keeps neither; but the browser complains of them to the policy already while it reads. */
export function undressed(html) {
  return html.replace(/<(style|script)\b[\s\S]*?(<\/\1\s*>|$)/gi, "").replace(TAG, (tag) => tag.replace(DRESS, ""));
}

export function makeEditor({ element, html, placeholder, attributes, mentions, snippets, acts, changed, selected }) {
  return new Editor({
    element,
    injectCSS: false,
    content: undressed(html),
    extensions: [
      StarterKit.configure(KIT),
      Placeholder.configure({ placeholder }),
      InlineImage,
      Missing,
      Uploading,
      Mention.configure(mentions),
      Snippets.configure(snippets),
      Keys(acts),
    ],
    editorProps: { attributes },
    onUpdate: changed,
    onTransaction: selected,
  });
}

/** Empty text is an empty string, and the empty lines at its end are nobody's. */
export function htmlOf(editor) {
  return editor.isEmpty ? "" : editor.getHTML().replace(/(<p>(<br[^>]*>)?<\/p>)+$/, "");
}
