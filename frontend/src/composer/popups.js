import { computePosition, flip, offset, shift } from "@floating-ui/dom";

/** Shows a `popover=manual` element near a rectangle of the window. */
export async function showNear(popup, rect, placement = "top-start") {
  if (!popup.matches(":popover-open")) popup.showPopover();
  const reference = { getBoundingClientRect: () => rect };
  const middleware = [offset(6), flip({ padding: 8 }), shift({ padding: 8 })];
  const { x, y } = await computePosition(reference, popup, { strategy: "fixed", placement, middleware });
  // Through the object model: the policy forbids style attributes only.
  popup.style.left = `${Math.round(x)}px`;
  popup.style.top = `${Math.round(y)}px`;
}

export function hide(popup) {
  if (popup.matches(":popover-open")) popup.hidePopover();
}

/** Closes at Escape and at a press elsewhere; returns what ends that. */
export function closeFromOutside(popup, close) {
  const ends = new AbortController();
  const { signal } = ends;
  document.addEventListener("pointerdown", (event) => !popup.contains(event.target) && close(false), { signal, capture: true });
  popup.addEventListener("keydown", (event) => event.key === "Escape" && (event.preventDefault(), event.stopPropagation(), close(true)), { signal });
  return () => ends.abort();
}
