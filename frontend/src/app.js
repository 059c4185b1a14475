import htmx from "htmx.org/dist/htmx.esm.js";
import "./timer.js";
import "./player.js";
import "./search.js";
import { watchChoosing } from "./choosing.js";
import { DeckElement } from "./deck.js";
import { watchKeys } from "./keys.js";
import { loadWhereNeeded } from "./lazy.js";
import { Live } from "./live.js";
import { watchMailFrames } from "./mail_frames.js";
import { watchNavigation } from "./navigation.js";
import { watchNotices } from "./notices.js";
import { watchTyped } from "./typed.js";
import { watchUnfolding } from "./unfolding.js";
import { watchWriting } from "./writing.js";
import { watchPalette } from "./palette.js";

// Else htmx puts new content in and learns to know it a moment later: on a busy machine time enough for a key, and what is
// sent or followed then loads the whole page anew, even in the middle of a call.
htmx.config.defaultSettleDelay = 0;

watchNotices(document);
watchNavigation(document);
watchKeys(document);
watchChoosing(document);
watchUnfolding(document);
watchTyped(document);
watchWriting(document);
watchMailFrames(document);
watchPalette(document);
loadWhereNeeded(document);
customElements.define("hallom-deck", DeckElement);

const address = document.querySelector('meta[name="hallom-live"]')?.content;
if (address) new Live(address).start();
