import { ComposerElement } from "./element.js";
import { PeopleElement } from "./people.js";

customElements.define("hallom-people", PeopleElement);
customElements.define("hallom-composer", ComposerElement);

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-snippet-id]");
  if (button) document.querySelector("hallom-composer")?.insertSnippet({ id: button.dataset.snippetId, label: button.textContent.trim() });
});
