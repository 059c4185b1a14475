import "htmx.org/dist/htmx.esm.js";
import "./timer.js";
import "./player.js";
import "./search.js";
import { DeckElement } from "./deck.js";
import { watchKeys } from "./keys.js";
import { loadWhereNeeded } from "./lazy.js";
import { Live } from "./live.js";
import { watchMailFrames } from "./mail_frames.js";
import { watchNavigation } from "./navigation.js";
import { watchNotices } from "./notices.js";
import { watchWriting } from "./writing.js";
import { watchPalette } from "./palette.js";

watchNotices(document);
watchNavigation(document);
watchKeys(document);
watchWriting(document);
watchMailFrames(document);
watchPalette(document);
loadWhereNeeded(document);
customElements.define("hallom-deck", DeckElement);

const address = document.querySelector('meta[name="hallom-live"]')?.content;
if (address) new Live(address).start();
