import htmx from "htmx.org/dist/htmx.esm.js";
import { announce, toast } from "./notices.js";
import { word } from "./words.js";

const isMain = (ctx) => ctx?.target?.id === "main";

export function visit(url) {
  return htmx.ajax("GET", url, { target: "#main", swap: "innerHTML", push: "true", headers: { "HX-Boosted": "true" } });
}

export function hasUnsentText(root = document.getElementById("main")) {
  const fields = root?.querySelectorAll("textarea, input:not([type=hidden], [type=search], [type=radio], [type=checkbox])") ?? [];
  if ([...(root?.querySelectorAll("hallom-composer") ?? [])].some((composer) => composer.isHalfWritten)) return true;
  return [...fields].some((field) => field.value !== field.defaultValue && field.value.trim() !== "");
}

function markRail() {
  const links = [...document.querySelectorAll(".rail-item[href]")];
  const fits = (path) => (path === "/" ? location.pathname === "/" : location.pathname.startsWith(path));
  const best = links.map((link) => link.getAttribute("href")).filter(fits).sort((a, b) => b.length - a.length)[0];
  for (const link of links) {
    if (link.getAttribute("href") === best) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

// The menu of the settings is longer than a small screen.
function showCurrent() {
  document.querySelector(".sidenav [aria-current]")?.scrollIntoView({ block: "nearest" });
}

// A whole document inside #main would show two rails; it comes from pages outside the frame, such as the log-in.
function leaveFrame(event) {
  const { ctx } = event.detail;
  if (ctx.select || ctx.response.status >= 500 || !/^\s*<(!doctype|html)/i.test(ctx.text ?? "")) return;
  event.preventDefault();
  if (isMain(ctx)) location.assign(ctx.response.raw.url);
  else if (ctx.response.raw.redirected) toast(word("connection.signed_out"), "error");
}

function refuse(event) {
  const { ctx } = event.detail;
  const { status } = ctx.response;
  const isPage = isMain(ctx) && (status === 403 || status === 404);
  if (isPage || (status !== 403 && status !== 404 && status < 500)) return;
  ctx.swap = "none";
  toast(word(status === 403 ? "request.forbidden" : "request.failed"), "error");
}

// All around #main still speaks the old language. During a call the page must not be loaded anew.
function followLanguage(language) {
  if (!language || language === document.documentElement.lang) return;
  document.documentElement.lang = language;
  if (document.querySelector("hallom-deck")?.phone?.isTalking) document.body.dispatchEvent(new CustomEvent("relabel"));
  else location.reload();
}

// What was refused may stand below the fold, or in a part that is folded away.
function showRefused(field) {
  for (let fold = field.closest("details:not([open])"); fold; fold = fold.closest("details:not([open])")) fold.open = true;
  field.focus({ preventScroll: true });
  field.scrollIntoView({ block: "center" });
}

function arrived(event) {
  const { ctx } = event.detail;
  // A rail that was fetched alone does not know beside which page it stands.
  if (isMain(ctx) || ctx?.target?.id === "rail") markRail();
  if (!isMain(ctx)) return;
  if (ctx.title) announce(ctx.title);
  showCurrent();
  const main = document.getElementById("main");
  const refused = main.querySelector('[aria-invalid="true"]');
  if (refused) showRefused(refused);
  // htmx gives the focus to whatever has the id of what had it; on another page that is another thing.
  else if (!main.querySelector("[autofocus]")) main.focus({ preventScroll: true });
  followLanguage(ctx.response?.headers.get("Content-Language"));
}

export function watchNavigation(root) {
  showCurrent();
  const progress = (on) => (event) => {
    if (isMain(event.detail.ctx)) document.getElementById("progress")?.classList.toggle("on", on);
  };
  root.addEventListener("htmx:before:request", progress(true));
  root.addEventListener("htmx:finally:request", progress(false));
  root.addEventListener("htmx:after:request", leaveFrame);
  root.addEventListener("htmx:response:error", refuse);
  root.addEventListener("htmx:error", (event) => event.detail.ctx && toast(word("request.failed"), "error"));
  root.addEventListener("htmx:after:swap", arrived);
  root.addEventListener("click", (event) => {
    const opener = event.target.closest?.("[data-dialog]");
    const dialog = opener && document.getElementById(opener.dataset.dialog);
    if (!dialog) return;
    // Without a script the button sends its form.
    event.preventDefault();
    dialog.showModal();
  });
  root.addEventListener("submit", (event) => {
    for (const menu of document.querySelectorAll("[popover]:popover-open")) if (menu.contains(event.target)) menu.hidePopover();
  });
}
