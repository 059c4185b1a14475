"""Headless Chromium as an agent's machine: a microphone that plays a tone, an ear that measures, axe to look at pages."""

import json
import wave
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser, BrowserContext, Page, Playwright

from tests.telephony.house import ROOT

CHROMIUM = "/usr/bin/chromium"
AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What passes is not told in full, which takes as long as to find it.
RUN = """return (await axe.run(document, {resultTypes: ['violations'], runOnly: WHICH})).violations.map(v => ({
    id: v.id, help: v.help, nodes: v.nodes.slice(0, 5).map(n => n.html.slice(0, 200) + ' | ' + n.failureSummary)}))"""
MICROPHONE_RATE = 48_000
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
)
# Measures the loudest frequency of what the page plays for a while: what the agent hears.
HEAR = """async (milliseconds) => {
  const audio = [...document.querySelectorAll('audio')].find(one => one.srcObject?.getAudioTracks().length);
  if (!audio) return {hertz: 0, level: -200};
  const context = new AudioContext();
  await context.resume();
  const analyser = new AnalyserNode(context, {fftSize: 8192, smoothingTimeConstant: 0});
  context.createMediaStreamSource(audio.srcObject).connect(analyser);
  const bins = new Float32Array(analyser.frequencyBinCount);
  let best = {hertz: 0, level: -200};
  for (const end = performance.now() + milliseconds; performance.now() < end;) {
    await new Promise(resolve => setTimeout(resolve, 50));
    analyser.getFloatFrequencyData(bins);
    const top = bins.reduce((found, level, index) => level > bins[found] ? index : found, 0);
    if (bins[top] > best.level) best = {hertz: top * context.sampleRate / analyser.fftSize, level: bins[top]};
  }
  await context.close();
  return best;
}"""


def microphone(path: Path, hertz: float) -> Path:
    """A tone that comes and goes: a steady one would be taken for noise and removed by the browser."""
    at = np.arange(MICROPHONE_RATE * 2) / MICROPHONE_RATE
    sound = np.sin(2 * np.pi * hertz * at) * 0.5 * ((at * 2.5) % 1 < 0.6)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(MICROPHONE_RATE)
        file.writeframes((sound * 32_767).astype("<i2").tobytes())
    return path


def launch(playwright: Playwright, microphone_file: Path | None = None) -> Browser:
    extra = [f"--use-file-for-fake-audio-capture={microphone_file}"] if microphone_file else []
    return playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, *extra])


def person(
    browser: Browser, *, language: str = "en", theme: str = "light", size: tuple[int, int] = (1440, 900)
) -> BrowserContext:
    return browser.new_context(
        locale={"en": "en-GB", "hu": "hu-HU", "pl": "pl-PL"}[language],
        color_scheme="dark" if theme == "dark" else "light",
        viewport={"width": size[0], "height": size[1]},
        permissions=["microphone"],
        timezone_id="Europe/Budapest",
    )


def heard(page: Page, milliseconds: int = 800) -> dict[str, float]:
    """Loudest frequency in Hz and its level in dB of what the page plays now."""
    found: dict[str, float] = page.evaluate(HEAR, milliseconds)
    return found


def violations(page: Page, *, only: Sequence[str] = ()) -> list[dict[str, Any]]:
    """What axe-core finds, by the rules of WCAG 2.2 A and AA and its own best practices, or by some of them alone."""
    run = RUN.replace("WHICH", json.dumps({"type": "rule", "values": only} if only else TAGS))
    # Evaluated by the debugger, not by a script element: the page's policy stays as strict as it is.
    if not page.evaluate("() => 'axe' in window"):
        run = f"{_axe()};\n{run}"
    found: list[dict[str, Any]] = json.loads(json.dumps(page.evaluate(f"async () => {{{run}}}")))
    return found


@cache
def _axe() -> str:
    return AXE.read_text()
