import { word } from "../words.js";
import { goToMissing, missingIn } from "./missing.js";

/** What stands between Ctrl+Enter and the server: files on their way, variables that nobody filled in. */
export class Sending {
  #composer;
  #asked = null;
  #said = "";
  isConfirmed = false;

  constructor(composer, signal) {
    this.#composer = composer;
    composer.form?.addEventListener("submit", (event) => this.#look(event), { signal, capture: true });
    // It did not arrive: the draft goes on.
    for (const name of ["htmx:error", "htmx:response:error"]) composer.form?.addEventListener(name, () => composer.draft.touch(), { signal });
    composer.addEventListener("input", () => this.#changed(), { signal });
  }

  /** By key: as the author wanted it before an answer was called back, else as usual. */
  ask() {
    const { form } = this.#composer;
    form?.requestSubmit(form.querySelector("button[data-chosen]"));
  }

  #changed() {
    if (this.#said && this.#composer.banner.text === this.#said) this.#composer.banner.hide();
    if (!this.isConfirmed) return;
    this.isConfirmed = false;
    this.#composer.confirm();
  }

  #look(event) {
    const { files, banner, draft, editor } = this.#composer;
    const missing = missingIn(editor.state.doc);
    this.#asked = event.submitter;
    if (files.isBusy) this.#stop(event, () => banner.show(word("composer.wait_for_files")));
    else if (missing.length && !this.isConfirmed) this.#stop(event, () => this.#askAbout(missing));
    else draft.hold();
  }

  #stop(event, say) {
    event.preventDefault();
    event.stopImmediatePropagation();
    say();
    this.#said = this.#composer.banner.text;
  }

  #askAbout(missing) {
    const names = [...new Set(missing.map((one) => one.mark.attrs.shown))].join(", ");
    this.#composer.banner.show(word("composer.missing", { names }), [
      [word("composer.fill_in"), () => goToMissing(this.#composer.editor)],
      [word("composer.send_anyway"), () => this.#goOn()],
    ]);
    goToMissing(this.#composer.editor);
  }

  #goOn() {
    this.isConfirmed = true;
    this.#composer.confirm();
    this.#composer.form.requestSubmit(this.#asked);
  }
}
