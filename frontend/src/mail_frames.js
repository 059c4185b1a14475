/** Mails stand in frames without rights of their own: the page makes each as tall as what is in it, and asks for the
 *  pictures of other servers when somebody wants them. */

// Taller than any screen; a mail that claims more scrolls within its frame.
const TALLEST = 4000;

function fit(frame) {
  const page = frame.contentDocument;
  if (!page?.body) return;
  const size = () => {
    const tall = Math.min(Math.ceil(page.documentElement.getBoundingClientRect().height), TALLEST);
    if (tall && frame.style.height !== `${tall}px`) frame.style.height = `${tall}px`;
  };
  size();
  new ResizeObserver(size).observe(page.documentElement);
}

export function watchMailFrames(root) {
  root.addEventListener("load", (event) => event.target.matches?.("iframe[data-mail]") && fit(event.target), { capture: true });
  root.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-load-images]");
    const frame = button && document.getElementById(button.dataset.loadImages);
    if (!frame) return;
    const address = new URL(frame.src);
    address.searchParams.set("images", "1");
    frame.loading = "eager";
    frame.src = address.href;
    button.closest(".remote").remove();
  });
  for (const frame of root.querySelectorAll("iframe[data-mail]")) if (frame.contentDocument?.readyState === "complete") fit(frame);
}
