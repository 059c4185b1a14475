import { undressed } from "./editor.js";
import { waitAt, waitedAt } from "./uploading.js";

const SHOWN = /^image\/(png|jpeg|gif|webp|avif)$/;

/** The files of a paste or drop. Copying from a text processor brings a picture of the text along: then the text is meant. */
export function filesOf(data) {
  const files = [...(data?.files ?? [])];
  if (!files.length) return [];
  const html = data.getData("text/html");
  const hasText = html && new DOMParser().parseFromString(undressed(html), "text/html").body.textContent.trim();
  return hasText ? [] : files;
}

/** Sends a file and, if the server says it can be shown in the text, puts it where it was dropped. */
export async function putImage(editor, { file, at, send, otherwise }) {
  const bar = SHOWN.test(file.type) ? waitAt(editor, at ?? editor.state.selection.from) : document.createElement("progress");
  bar.max = 1;
  const sent = await send(bar);
  // Put aside meanwhile, the text has no place for it any more: it goes under the text.
  const place = SHOWN.test(file.type) && !editor.isDestroyed ? waitedAt(editor, bar) : null;
  if (!sent) return;
  const { answer, row } = sent;
  if (!answer.inline || place === null) return otherwise(answer, row);
  row.remove();
  editor.commands.insertContentAt(place, { type: "image", attrs: { attachment: String(answer.id), src: answer.url, alt: "" } });
}
