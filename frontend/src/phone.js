import JsSIP from "jssip";
import { pause } from "./backoff.js";
import { openMicrophone } from "./microphone.js";

const REGISTER_SECONDS = 120;
const BUSY = 486;
const RENEW_AT = 0.8;
const CANDIDATE_MS = 80;
// So long the session that another has taken the place of may wait to be hung up; by then it never will be.
const FORMER_MS = 2000;
// Calls that the one who is rung has asked for: his telephone answers by itself.
const OWN_WISHES = new Set(["dial", "retrieve", "pickup", "listen", "whisper", "barge", "take_over"]);

/** The same tab keeps its name over a reload, so that the switch finds the binding again (RFC 5626 instance). */
function instanceId() {
  const known = sessionStorage.getItem("hallom-phone-instance");
  if (known) return known;
  const made = crypto.randomUUID();
  sessionStorage.setItem("hallom-phone-instance", made);
  return made;
}

/**
 * The agent's telephone in the browser, JsSIP behind it.
 * Events: "registered", "unreachable", "ringing", "answered", "ended" (detail: `wasTalking`), "muted",
 * "problem" (detail: a key of words.js).
 */
export class Phone extends EventTarget {
  #fetchCredentials;
  #audio;
  #ua = null;
  #session = null;
  #former = null;
  #wasMuted = false;
  #microphone = null;
  #iceServers = [];
  #timers = {};
  #failures = 0;
  #stopped = false;

  constructor({ credentials, audio }) {
    super();
    this.#fetchCredentials = credentials;
    this.#audio = audio;
  }

  get isRegistered() {
    return Boolean(this.#ua?.isRegistered());
  }

  get isConnected() {
    return Boolean(this.#ua?.isConnected());
  }

  get isRinging() {
    return Boolean(this.#session?.isInProgress());
  }

  get isTalking() {
    return Boolean(this.#session?.isEstablished());
  }

  get isMuted() {
    return Boolean(this.#session?.isMuted().audio);
  }

  async start() {
    try {
      const credentials = await this.#fetchCredentials();
      if (this.#stopped) return;
      this.#register(credentials);
      this.#renewBefore(credentials.expires_at);
    } catch {
      this.#say("unreachable");
      this.#retry(() => this.start());
    }
  }

  /** Leaves without hanging up: the switch finds the agent gone and brings the call to wherever the phone goes next. */
  drop() {
    this.#stopped = true;
    for (const timer of Object.values(this.#timers)) clearTimeout(timer);
    this.#leave();
    this.#ua?.transport.disconnect();
    this.#ua = null;
  }

  async answer() {
    const session = this.#session;
    if (!session?.isInProgress()) return false;
    let stream;
    try {
      stream = await openMicrophone();
    } catch (problem) {
      this.#say("problem", problem.message);
      return false;
    }
    // The caller may have given up while the browser asked for the microphone.
    if (!session.isInProgress()) {
      stream.getTracks().forEach((track) => track.stop());
      return false;
    }
    this.#microphone = stream;
    for (const track of stream.getTracks()) track.enabled = !this.#wasMuted;
    session.answer({ mediaStream: stream, pcConfig: { iceServers: this.#iceServers, bundlePolicy: "max-bundle" } });
    // Who was not heard before is not heard because the line was mended.
    if (this.#wasMuted) session.mute({ audio: true });
    return true;
  }

  reject() {
    if (this.isRinging) this.#session.terminate({ status_code: BUSY });
  }

  hangUp() {
    // What comes back by itself is no offer to be refused.
    if (!this.#session || (this.#former && !this.isTalking)) return false;
    this.#session.terminate();
    return true;
  }

  setMuted(muted) {
    if (!this.isTalking) return;
    if (muted) this.#session.mute({ audio: true });
    else this.#session.unmute({ audio: true });
    this.#say("muted");
  }

  #register(credentials) {
    this.#iceServers = credentials.ice_servers ?? [];
    this.#ua = new JsSIP.UA({
      sockets: [new JsSIP.WebSocketInterface(credentials.url)],
      uri: credentials.uri,
      authorization_user: credentials.username,
      password: credentials.password,
      instance_id: instanceId(),
      register_expires: REGISTER_SECONDS,
      session_timers: false,
      connection_recovery_min_interval: 1,
      connection_recovery_max_interval: 3,
      user_agent: "Hallom",
    });
    this.#ua.on("registered", () => this.#reached());
    this.#ua.on("disconnected", () => this.#say("unreachable"));
    this.#ua.on("registrationFailed", () => this.#refused());
    this.#ua.on("newRTCSession", (event) => this.#called(event));
    this.#ua.start();
  }

  #reached() {
    this.#failures = 0;
    this.#say("registered");
  }

  // Most refusals are credentials that ran out while the machine slept.
  #refused() {
    this.#say("unreachable");
    this.#retry(() => this.#renew());
  }

  #retry(act) {
    clearTimeout(this.#timers.retry);
    this.#timers.retry = setTimeout(act, pause(this.#failures++, { first: 1000, longest: 20_000 }));
  }

  #renewBefore(expiresAt) {
    const left = expiresAt * 1000 - Date.now();
    clearTimeout(this.#timers.renew);
    this.#timers.renew = setTimeout(() => this.#renew(), Math.max(left * RENEW_AT, 5000));
  }

  async #renew() {
    try {
      const credentials = await this.#fetchCredentials();
      if (!this.#ua) return;
      this.#ua.set("authorization_user", credentials.username);
      this.#ua.set("password", credentials.password);
      this.#renewBefore(credentials.expires_at);
      if (this.#ua.isConnected()) this.#ua.register();
    } catch {
      this.#retry(() => this.#renew());
    }
  }

  #called({ originator, session, request }) {
    if (originator !== "remote") return;
    const resumes = Boolean(request.getHeader("X-Hallom-Resume"));
    if (this.#session && !resumes) {
      session.terminate({ status_code: BUSY });
      return;
    }
    this.#standBy();
    if (!resumes) this.#wasMuted = false;
    this.#session = session;
    this.#follow(session);
    if (resumes || OWN_WISHES.has(request.getHeader("X-Hallom-Purpose"))) this.answer();
    else this.#say("ringing");
  }

  #follow(session) {
    const over = (wasTalking) => {
      if (session === this.#former?.session) this.#forgetFormer();
      if (session !== this.#session || this.#comeBack()) return;
      this.#wasMuted = this.isMuted;
      this.#silence();
      this.#say("ended", { wasTalking });
    };
    this.#endQuietlyOnDeadLine(session);
    session.on("peerconnection", ({ peerconnection }) => {
      peerconnection.addEventListener("track", ({ streams, track }) => this.#hear(streams[0] ?? new MediaStream([track])));
    });
    // The media server is ICE-lite and learns our address from our checks: one candidate is enough.
    session.on("icecandidate", ({ ready }) => setTimeout(ready, CANDIDATE_MS));
    session.on("confirmed", () => {
      this.#timers.former = setTimeout(() => this.#forgetFormer(), FORMER_MS);
      this.#say("answered");
    });
    session.on("ended", () => over(true));
    session.on("failed", () => over(false));
    session.on("getusermediafailed", () => this.#say("problem", "phone.microphone_busy"));
  }

  async #hear(stream) {
    this.#audio.srcObject = stream;
    try {
      await this.#audio.play();
    } catch {
      this.#say("problem", "phone.sound_blocked");
      addEventListener("pointerdown", () => this.#audio.play().catch(() => {}), { once: true });
    }
  }

  // JsSIP hangs up when the far side has answered nothing for 30 s: that would end the call of a caller who waits for us.
  #endQuietlyOnDeadLine(session) {
    const terminate = session.terminate.bind(session);
    session.terminate = (options) => {
      if (options?.cause !== JsSIP.C.causes.RTP_TIMEOUT) return terminate(options);
      if (session !== this.#session) return;
      this.#leave();
      this.#say("ended", { wasTalking: true });
    };
  }

  // The call comes anew while the old session may yet live: whichever of the two the switch keeps, goes on.
  #standBy() {
    this.#forgetFormer();
    if (!this.#session) return;
    this.#wasMuted = this.isMuted;
    this.#former = { session: this.#session, microphone: this.#microphone, sound: this.#audio.srcObject };
    this.#session = this.#microphone = null;
  }

  #comeBack() {
    if (!this.#former) return false;
    const { session, microphone, sound } = this.#former;
    this.#former = null;
    this.#silence();
    this.#session = session;
    this.#microphone = microphone;
    this.#hear(sound);
    return true;
  }

  #forgetFormer() {
    clearTimeout(this.#timers.former);
    this.#former?.session.connection?.close();
    this.#former?.microphone?.getTracks().forEach((track) => track.stop());
    this.#former = null;
  }

  // Nothing is said to the other side: it is the switch that brought, or will bring, the call elsewhere.
  #leave() {
    this.#forgetFormer();
    this.#session?.connection?.close();
    this.#silence();
  }

  #silence() {
    this.#session = null;
    this.#audio.srcObject = null;
    this.#microphone?.getTracks().forEach((track) => track.stop());
    this.#microphone = null;
  }

  #say(kind, detail = null) {
    if (!this.#stopped) this.dispatchEvent(new CustomEvent(kind, { detail }));
  }
}
