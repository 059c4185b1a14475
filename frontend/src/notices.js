import { closeIcon, word } from "./words.js";

const SHOWN_MS = 7000;

export function announce(text) {
  const region = document.getElementById("announcer");
  if (!region) return;
  region.textContent = "";
  // Readers skip a text equal to the one before, so it has to be seen to change.
  setTimeout(() => (region.textContent = text), 60);
}

export function toast(text, level = "info") {
  const box = document.getElementById("toasts");
  if (!box || [...box.children].some((shown) => shown.dataset.text === text)) return;
  const element = document.createElement("div");
  element.className = `toast ${level}`;
  element.dataset.toast = "";
  element.dataset.text = text;
  const words = document.createElement("span");
  words.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.dataset.dismiss = "";
  close.setAttribute("aria-label", word("toast.dismiss"));
  close.append(closeIcon());
  element.append(words, close);
  box.append(element);
}

function leaveLater(element) {
  if (element.dataset.leaving) return;
  element.dataset.leaving = "true";
  const leave = () => {
    // Someone who reads or reaches for the button keeps it.
    if (element.matches(":hover, :focus-within")) setTimeout(leave, 1500);
    else element.remove();
  };
  if (!element.matches(".error, .warning")) setTimeout(leave, SHOWN_MS);
}

export function watchNotices(root) {
  root.addEventListener("click", (event) => event.target.closest?.("[data-dismiss]")?.closest("[data-toast]")?.remove());
  const box = root.getElementById("toasts");
  if (!box) return;
  const sweep = () => {
    const said = new Set();
    for (const element of box.querySelectorAll("[data-toast]")) {
      const text = element.textContent.trim();
      if (said.has(text)) element.remove();
      else leaveLater(element);
      said.add(text);
    }
  };
  new MutationObserver(sweep).observe(box, { childList: true });
  sweep();
}

export function showConnection(text) {
  const notice = document.getElementById("connection");
  if (!notice) return;
  notice.hidden = !text;
  notice.querySelector("[data-text]").textContent = text;
}
