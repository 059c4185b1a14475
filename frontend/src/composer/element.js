import { announce, toast } from "../notices.js";
import { word } from "../words.js";
import { Banner } from "./banner.js";
import { Draft } from "./draft.js";
import { HEART, htmlOf, makeEditor } from "./editor.js";
import { EmojiPicker } from "./emoji.js";
import { Files } from "./files.js";
import { LinkForm } from "./link.js";
import { Macros } from "./macros.js";
import { filesOf, putImage } from "./pictures.js";
import { Sending } from "./sending.js";
import { post } from "./requests.js";
import { Toolbar } from "./toolbar.js";

const read = (box, name) => [...box.querySelectorAll(`input[data-given="${name}"]`)];

/** The rich text field of answers and notes; its parts are the other files of this folder. */
export class ComposerElement extends HTMLElement {
  static formAssociated = true;
  #internals = this.attachInternals();
  #ends = null;
  #kept = null;
  #first = "";
  #began = "";
  #parts = {};

  connectedCallback() {
    // What moves within the page is taken out and put in again: its text goes along.
    if (!this.editor) this.#start();
  }

  disconnectedCallback() {
    queueMicrotask(() => !this.isConnected && this.#stop());
  }

  get value() {
    return this.editor ? htmlOf(this.editor) : (this.#kept ?? "");
  }

  set value(html) {
    this.editor.commands.setContent(html, { emitUpdate: true });
  }

  get name() {
    return this.getAttribute("name");
  }

  get form() {
    return this.#internals.form;
  }

  get kind() {
    return this.form?.elements.kind?.value ?? "public";
  }

  get isEmpty() {
    return this.value === "" && this.#parts.files.isEmpty && this.#parts.macros.isEmpty;
  }

  /** Somebody is in the middle of it. */
  get isHalfWritten() {
    return this.value !== "" && this.value !== this.#began;
  }

  get banner() {
    return this.#parts.banner;
  }

  get files() {
    return this.#parts.files;
  }

  get draft() {
    return this.#parts.draft;
  }

  focus() {
    // Not through the editor's command, which waits for a frame: what is typed at once belongs here.
    this.editor?.view.focus();
  }

  insert(html) {
    this.editor.chain().insertContent(html).run();
    this.focus();
  }

  async insertSnippet({ id, label }) {
    const asked = new URLSearchParams({ id, kind: this.kind, lang: this.lang });
    const answer = await post(this.dataset.snippet, asked).catch((error) => void toast(error.message || word("request.failed"), "error"));
    if (!answer || !this.editor) return;
    if (answer.html) this.insert(answer.html);
    if (answer.macro) this.#parts.macros.add({ id: answer.macro, label, acts: answer.acts ?? [] });
    if (answer.missing?.length) announce(word("composer.missing", { names: answer.missing.join(", ") }));
  }

  /** Into the text at the caret; at its end when one comes from elsewhere on the page. */
  heart() {
    const { editor } = this;
    if (!this.contains(document.activeElement)) {
      editor.commands.focus("end");
      this.#type(HEART, { apart: true });
    } else this.#type(HEART);
    announce(word("composer.heart_added"));
  }

  formResetCallback() {
    this.value = this.#first;
    this.#fill();
  }

  formDisabledCallback(isDisabled) {
    this.editor?.setEditable(!isDisabled);
  }

  #start() {
    this.#ends = new AbortController();
    const { signal } = this.#ends;
    const plain = this.querySelector("textarea");
    // Put in again after a while elsewhere, it goes on with what it had.
    const isNew = this.#kept === null;
    // Who was quicker than the script has written into the textarea.
    const isTyped = plain.value !== plain.defaultValue;
    if (isNew) this.#first = isTyped ? paragraphs(plain.value) : (plain.dataset.html ?? paragraphs(plain.value));
    const hasFocus = document.activeElement === plain;
    plain.hidden = true;
    for (const field of [plain, ...this.querySelectorAll("input[data-given]")]) field.disabled = true;
    this.surface = this.querySelector("[data-surface]");
    this.#build(signal);
    if (isNew) this.#fill();
    if (isNew) this.#began = this.value;
    this.sending = new Sending(this, signal);
    // No attribute: htmx gives a fresh element of the same id the attributes that came from the server.
    this.#internals.states.add("ready");
    this.#tell();
    this.form?.addEventListener("input", () => this.draft.touch(), { signal });
    this.form?.addEventListener("change", () => (this.draft.touch(), this.#tell()), { signal });
    this.addEventListener("click", ({ target }) => this.#goOn(target), { signal });
    addEventListener("pagehide", () => this.draft.flush({ withPage: true }), { signal });
    this.#catchDrops(signal);
    if (hasFocus) this.editor.commands.focus("end");
    if (hasFocus || this.hasAttribute("autofocus")) this.focus();
  }

  /** With the focus gone along with what was taken away, the next letters would be shortcuts of the page. */
  #goOn(clicked) {
    if (document.activeElement === document.body && !clicked.checkVisibility()) this.focus();
  }

  #build(signal) {
    const editor = () => this.editor;
    const changed = () => this.#changed();
    this.editor = this.#editorIn(this.surface);
    this.#parts.banner ??= new Banner(this.querySelector("[data-banner]"));
    this.#parts.files ??= new Files(this.querySelector("[data-files]"), { url: this.dataset.upload, changed });
    this.#parts.macros ??= new Macros(this.querySelector("[data-macros]"), { changed });
    this.#parts.link = new LinkForm(this, { editor, signal });
    this.#parts.emoji = new EmojiPicker(this, { insert: (emoji) => this.#type(emoji), back: () => this.focus(), signal });
    this.#parts.draft ??= new Draft({
      url: this.dataset.draft,
      form: this.form,
      field: this.querySelector("input[name=revision]"),
      banner: this.banner,
      saved: this.form?.querySelector("[data-saved]"),
      load: (newer) => this.#load(newer),
      own: () => [[this.name, this.value], [`${this.name}_format`, "html"]],
    });
    this.#parts.toolbar = new Toolbar(this, { editor, acts: this.#acts(signal), signal });
  }

  #editorIn(element) {
    const asker = (url) => url && ((q, signal) => post(url, new URLSearchParams({ q, kind: this.kind, lang: this.lang }), { signal }));
    return makeEditor({
      element,
      html: this.#kept ?? this.#first,
      placeholder: this.getAttribute("placeholder") ?? "",
      // With a name of its own htmx gives the focus back to it when the form is replaced after sending.
      attributes: { id: `${this.id}-text`, role: "textbox", "aria-multiline": "true", "aria-label": this.getAttribute("label"), lang: this.lang, "aria-autocomplete": "list" },
      mentions: { ask: asker(this.dataset.mentions), label: word("composer.people"), host: this },
      snippets: { ask: asker(this.dataset.snippets), label: word("composer.snippets"), host: this, choose: (item) => this.insertSnippet(item) },
      acts: { send: () => this.sending.ask(), link: () => this.#parts.link.open(), files: (data, at) => this.#take(data, at) },
      changed: () => this.#changed(),
      selected: ({ editor }) => this.#parts.toolbar?.show(editor),
    });
  }

  #acts(signal) {
    const picker = this.querySelector("[data-picker]");
    picker?.addEventListener("change", () => (this.#send([...picker.files], null), (picker.value = "")), { signal });
    picker?.addEventListener("input", (event) => event.stopPropagation(), { signal });
    const pick = (accept) => () => Object.assign(picker, { accept }).click();
    return {
      heart: () => this.heart(),
      emoji: (button) => this.#parts.emoji.open(button),
      link: () => this.#parts.link.open(),
      file: pick(""),
      image: pick("image/*"),
      mention: () => this.#type("@", { apart: true }),
      snippet: () => this.#type("/", { apart: true }),
      format: (button) => this.#showFormat(button.getAttribute("aria-expanded") !== "true"),
    };
  }

  #fill() {
    this.files.start(read(this, "attachment").map((field) => ({ id: field.value, ...field.dataset })));
    this.#parts.macros.start(read(this, "macro").map((field) => ({ id: field.value, label: field.dataset.label, acts: field.dataset.acts.split("\n") })));
    this.#showFormat(localStorage.getItem("hallom-format") === "1", { keep: false });
  }

  #showFormat(isShown, { keep = true } = {}) {
    const button = this.querySelector('[data-do="format"]');
    button.setAttribute("aria-expanded", String(isShown));
    this.querySelector("[data-format]").hidden = !isShown;
    if (keep) localStorage.setItem("hallom-format", isShown ? "1" : "");
  }

  /** At the caret, as if typed; `apart`: with a space before it unless there is one. */
  #type(text, { apart = false } = {}) {
    const { state, view } = this.editor;
    const before = state.selection.$from.nodeBefore;
    const needsSpace = apart && before && !/\s$/.test(before.text ?? "");
    view.dispatch(state.tr.insertText(needsSpace ? ` ${text}` : text).scrollIntoView());
    view.focus();
  }

  /** Whether the paste or drop was of files, which then are on their way. */
  #take(data, at) {
    const files = filesOf(data);
    if (!files.length || !this.dataset.upload) return false;
    this.#send(files, at);
    return true;
  }

  /** Beside the text too: a file dropped there would be opened instead of the page. */
  #catchDrops(signal) {
    const holds = (event) => this.dataset.upload && event.dataTransfer?.types.includes("Files");
    const mark = (isOver) => this.classList.toggle("dropping", isOver);
    this.addEventListener("dragover", (event) => holds(event) && (event.preventDefault(), mark(true)), { signal });
    this.addEventListener("dragleave", (event) => this.contains(event.relatedTarget) || mark(false), { signal });
    this.addEventListener("drop", (event) => (mark(false), !event.defaultPrevented && this.#take(event.dataTransfer, null) && event.preventDefault()), { signal });
  }

  #send(files, at) {
    for (const file of files) putImage(this.editor, { file, at, send: (bar) => this.files.send(file, bar), otherwise: (answer, row) => this.files.add(answer, row) });
  }

  #load({ html, kind, attachments = [], macros = [] }) {
    // A note of another device must not become an answer here.
    const chosen = this.form.querySelector(`[name=kind][value="${kind === "note" ? "note" : "public"}"]`);
    if (kind && chosen) chosen.checked = true;
    this.value = html;
    this.files.start(attachments);
    this.#parts.macros.start(macros);
  }

  #changed() {
    if (!this.#parts.draft) return;
    // A file may arrive while the form is put aside.
    if (!this.editor) return this.draft.touch();
    this.#tell();
    this.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /** What the form posts, and whether it may. */
  #tell() {
    const { value, name } = this;
    const entries = new FormData();
    entries.append(name, value);
    entries.append(`${name}_format`, "html");
    if (this.sending?.isConfirmed) entries.append(`${name}_missing`, "confirmed");
    this.#internals.setFormValue(entries);
    const isMissing = this.hasAttribute("required") && this.isEmpty;
    this.#internals.setValidity(isMissing ? { valueMissing: true } : {}, isMissing ? word("composer.empty") : "", this.editor.view.dom);
  }

  confirm() {
    this.#tell();
  }

  #stop() {
    if (!this.editor) return;
    this.draft.flush();
    this.#kept = this.value;
    this.#ends.abort();
    this.editor.destroy();
    this.editor = null;
    this.surface.replaceChildren();
    this.#internals.states.delete("ready");
  }
}

/** Plain text as HTML, as it was typed. */
function paragraphs(text) {
  const box = document.createElement("div");
  for (const line of text.trim() ? text.split(/\r?\n/) : []) box.append(Object.assign(document.createElement("p"), { textContent: line }));
  return box.innerHTML;
}
