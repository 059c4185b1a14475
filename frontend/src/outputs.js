import { word } from "./words.js";

const KEPT = "hallom-sound-output";

export function restoreOutput(audio) {
  const kept = localStorage.getItem(KEPT);
  // A headset that is unplugged today must not leave the agent without sound.
  if (kept && audio.setSinkId) audio.setSinkId(kept).catch(() => {});
}

export async function listOutputs(box, audio) {
  const devices = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
  const outputs = devices.filter((device) => device.kind === "audiooutput" && device.deviceId && device.deviceId !== "default");
  const choices = [{ deviceId: "", label: word("deck.default_output") }, ...outputs];
  box.replaceChildren(...choices.map((choice) => button(choice, box, audio)));
}

function button({ deviceId, label }, box, audio) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = label;
  made.setAttribute("aria-pressed", String((audio.sinkId ?? "") === deviceId));
  made.addEventListener("click", async () => {
    await audio.setSinkId?.(deviceId).catch(() => {});
    localStorage.setItem(KEPT, deviceId);
    listOutputs(box, audio);
  });
  return made;
}
