import { Extension } from "@tiptap/core";
import { Plugin, PluginKey } from "@tiptap/pm/state";
import { Decoration, DecorationSet } from "@tiptap/pm/view";
import { word } from "../words.js";

const KEY = new PluginKey("uploading");

/** Marks the places in the text that wait for an image; they move with the text around them. */
export const Uploading = Extension.create({
  name: "uploading",
  addProseMirrorPlugins: () => [
    new Plugin({
      key: KEY,
      state: {
        init: () => DecorationSet.empty,
        apply(change, before) {
          const set = before.map(change.mapping, change.doc);
          const act = change.getMeta(KEY);
          if (act?.add) return set.add(change.doc, [Decoration.widget(act.add.at, act.add.bar, { id: act.add.bar })]);
          if (act?.remove) return set.remove(set.find(undefined, undefined, (spec) => spec.id === act.remove));
          return set;
        },
      },
      props: { decorations: (state) => KEY.getState(state) },
    }),
  ],
});

export function waitAt(editor, at) {
  const bar = document.createElement("progress");
  bar.max = 1;
  bar.value = 0;
  bar.setAttribute("aria-label", word("composer.uploading"));
  editor.view.dispatch(editor.state.tr.setMeta(KEY, { add: { at, bar } }));
  return bar;
}

/** Takes the mark away; returns where it is by now, or null when the text around it was deleted. */
export function waitedAt(editor, bar) {
  const [found] = KEY.getState(editor.state).find(undefined, undefined, (spec) => spec.id === bar);
  editor.view.dispatch(editor.state.tr.setMeta(KEY, { remove: bar }));
  return found?.from ?? null;
}
