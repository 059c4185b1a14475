const WANTED = { audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true }, video: false };

/** Why there is no microphone, as a key of words.js. */
export class MicrophoneProblem extends Error {}

export async function openMicrophone() {
  if (!navigator.mediaDevices?.getUserMedia) throw new MicrophoneProblem("phone.microphone_insecure");
  try {
    return await navigator.mediaDevices.getUserMedia(WANTED);
  } catch (error) {
    const reasons = { NotAllowedError: "denied", SecurityError: "denied", NotFoundError: "missing", OverconstrainedError: "missing" };
    throw new MicrophoneProblem(`phone.microphone_${reasons[error.name] ?? "busy"}`);
  }
}

/** Asks for the permission while nothing rings yet. */
export async function askForMicrophone() {
  const stream = await openMicrophone();
  for (const track of stream.getTracks()) track.stop();
}
