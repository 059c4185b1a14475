import { token } from "../csrf.js";

export class Refused extends Error {
  constructor(status, answer) {
    super(answer?.error ?? "");
    this.status = status;
    this.answer = answer;
  }
}

const headers = () => ({ Accept: "application/json", "X-CSRFToken": token() });

async function answerOf(response) {
  const answer = await response.json().catch(() => null);
  if (!response.ok) throw new Refused(response.status, answer);
  return answer;
}

/** `keepalive`: goes out even when the page is being left. */
export async function post(url, values, { keepalive = false, signal } = {}) {
  return answerOf(await fetch(url, { method: "POST", body: values, headers: headers(), keepalive, signal }));
}

/** `fetch` tells nothing of how far an upload is, so this is the older way. */
export function upload(url, file, { progress, signal }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const form = new FormData();
    form.append("file", file, file.name || "image.png");
    request.open("POST", url);
    request.responseType = "json";
    for (const [name, value] of Object.entries(headers())) request.setRequestHeader(name, value);
    request.upload.addEventListener("progress", (event) => progress(event.lengthComputable ? event.loaded / event.total : 0));
    request.addEventListener("load", () => {
      if (request.status < 300 && request.response?.id) resolve(request.response);
      else reject(new Refused(request.status, request.response));
    });
    request.addEventListener("error", () => reject(new Refused(0, null)));
    request.addEventListener("abort", () => reject(new DOMException("", "AbortError")));
    signal.addEventListener("abort", () => request.abort());
    request.send(form);
  });
}
