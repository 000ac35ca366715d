// Talking to the server: CSRF, problems as errors, time limits, and trying again when that is safe.

const TIMEOUT_MS = 15_000;
const TRIES_MAX = 4;
const WAIT_MAX_MS = 30_000;
const BACKOFF_MS = 300;
const SAFE = new Set(["GET", "HEAD"]);
const REPEATABLE = new Set(["GET", "HEAD", "PUT", "DELETE"]);

const ANOTHER = "signed_in_as_another";

let user = document.body.dataset.signedIn ?? document.body.dataset.guest ?? null;

/** For whom the page is from now on: a stranger has become a guest. @param {string} id */
export function belongTo(id) {
  user = id;
}

/**
 * How to ask, beside what `fetch` takes: `timeoutMs` for each try; `tries`: 1 never tries again.
 * @typedef {{
 *   body?: unknown, headers?: Record<string, string>, timeoutMs?: number, tries?: number, signal?: AbortSignal,
 *   idempotencyKey?: string,
 * }} Asking
 * @typedef {{ status: number, data: any, headers: Headers }} Answer
 */

/**
 * `fetch` from our own server. It says for whom the page was made; when that is not who this browser is signed in
 * as any more, nothing is done, and `sertantai:not-theirs` tells why: "another" or "signed-out".
 * @param {string | URL} url
 * @param {RequestInit & { headers?: Record<string, string> }} options
 */
async function fetchOurs(url, { headers = {}, ...options } = {}) {
  const stated = user === null ? headers : { ...headers, "X-Sertantai-User": user };
  const response = await fetch(url, { credentials: "same-origin", ...options, headers: stated });
  const why = user === null ? null : await whyNotTheirs(response);
  if (why) document.dispatchEvent(new CustomEvent("sertantai:not-theirs", { detail: why }));
  return response;
}

/** @param {Response} response */
async function whyNotTheirs(response) {
  if (response.status !== 401 && response.status !== 409) return null;
  if (!/json/.test(response.headers.get("content-type") ?? "")) return null;
  const problem = problemOf(response, await response.clone().json());
  if (!problem.isNotTheirs) return null;
  return problem.code === ANOTHER ? "another" : "signed-out";
}

/** What the server refused, or `status` 0: it could not be reached. Fields as in RFC 9457. */
export class Problem extends Error {
  /** @param {Record<string, any>} stated */
  constructor({ status = 0, code = "network", title = "", detail = "", field = null, errors = [], instance = "", retry_after_s = null }) {
    super(detail || title);
    this.name = "Problem";
    this.status = status;
    this.code = code;
    this.title = title;
    this.detail = detail;
    this.field = field;
    this.errors = errors;
    this.instance = instance;
    this.retryAfterS = retry_after_s;
  }
  /** Nothing was refused: the server or the network is away, so trying later is right. */
  get isPassing() {
    return this.isUnreached || this.status === 503 || this.status === 429;
  }
  /** The server was not reached, or what stands before it says that it is not there. */
  get isUnreached() {
    return this.status === 0 || (this.code === "unknown" && [502, 503, 504].includes(this.status));
  }
  /** Somebody else is signed in in this browser now, or nobody is any more. */
  get isNotTheirs() {
    return this.code === ANOTHER || (this.status === 401 && this.code !== "account_needed");
  }
}

/**
 * Send a request; gives `{ status, data, headers }` or throws `Problem`.
 *
 * body: sent as JSON, a file as it is. timeoutMs: for each try. tries: 1 never tries again.
 * A POST gets an Idempotency-Key (or yours), so that it too can be sent again without harm.
 * @param {string} method
 * @param {string} url
 * @param {Asking} options
 * @returns {Promise<Answer>}
 */
export async function http(method, url, { body, headers = {}, timeoutMs = TIMEOUT_MS, tries = TRIES_MAX, signal, idempotencyKey } = {}) {
  const key = method === "POST" ? (idempotencyKey ?? randomKey()) : null;
  const repeatable = REPEATABLE.has(method) || key !== null;
  let freshToken = null;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await once(method, url, { body, headers, timeoutMs, signal, key, token: freshToken });
    } catch (problem) {
      if (signal?.aborted || !(problem instanceof Problem)) throw problem;
      if (problem.code === "csrf_failed" && freshToken === null) {
        freshToken = await renewToken();
        continue;
      }
      if (!repeatable || !problem.isPassing || attempt >= tries) throw problem;
      await pause(waitMs(problem, attempt), signal);
    }
  }
}

/** @type {(url: string, options?: Asking) => Promise<Answer>} */
export const get = (url, options) => http("GET", url, options);
/** @type {(url: string, body?: unknown, options?: Asking) => Promise<Answer>} */
export const post = (url, body, options) => http("POST", url, { ...options, body });
/** @type {(url: string, body?: unknown, options?: Asking) => Promise<Answer>} */
export const put = (url, body, options) => http("PUT", url, { ...options, body });
/** @type {(url: string, body?: unknown, options?: Asking) => Promise<Answer>} */
export const patch = (url, body, options) => http("PATCH", url, { ...options, body });
/** @type {(url: string, options?: Asking) => Promise<Answer>} */
export const del = (url, options) => http("DELETE", url, options);

/** Which list an open page shows: without it, and where its address names none, another tab's choice would decide.
 * @param {string | null | undefined} list @returns {Record<string, string>} */
export const showing = (list) => (list ? { "Sertantai-List": list } : {});

/**
 * The part of a page that a script shows, as HTML; `parts`: which, where the page has several; `list`: see `showing`.
 * @param {string} url @param {Asking & { parts?: string, list?: string | null }} options
 * @returns {Promise<string>}
 */
export async function getPart(url, { parts, list, ...options } = {}) {
  const headers = { "HX-Request": "true", Accept: "text/html", ...(parts ? { "Sertantai-Parts": parts } : {}), ...showing(list) };
  return (await http("GET", url, { ...options, headers })).data;
}

/** A file, however long it takes: `{ blob, name }`. Throws `Problem`, or what aborts `signal`.
 * @param {string | URL} url @param {{ signal?: AbortSignal }} options */
export async function fetchFile(url, { signal } = {}) {
  try {
    const response = await fetchOurs(url, { headers: { Accept: "*/*, application/problem+json" }, signal });
    if (!response.ok) throw problemOf(response, await parsed(response));
    return { blob: await response.blob(), name: fileName(response.headers.get("content-disposition") ?? "") };
  } catch (error) {
    if (error instanceof Problem || signal?.aborted) throw error;
    throw new Problem({ detail: "The download was interrupted. Try again." });
  }
}

/** As RFC 6266 has it: the real name, else the plain one. @param {string} header */
function fileName(header) {
  const real = /filename\*=UTF-8''([^;]+)/.exec(header);
  return real ? decodeURIComponent(real[1]) : (/filename="([^"]+)"/.exec(header)?.[1] ?? "export");
}

/** The token as the browser holds it now: right also when another tab has signed in since. */
export function csrfToken() {
  const cookie = document.cookie.split("; ").find((part) => part.startsWith("sertantai_csrf="));
  return cookie ? cookie.slice("sertantai_csrf=".length).replace(/^"|"$/g, "") : (document.querySelector('meta[name="csrf-token"]')?.content ?? "");
}

/** @param {string} method @param {string} url @param {Record<string, any>} how */
async function once(method, url, { body, headers, timeoutMs, signal, key, token }) {
  const limit = AbortSignal.timeout(timeoutMs);
  const sent = { Accept: "application/json, application/problem+json", ...headers };
  const isFile = body instanceof Blob;
  if (body !== undefined) sent["Content-Type"] = isFile ? "application/octet-stream" : "application/json";
  if (!SAFE.has(method)) sent["X-CSRF-Token"] = token ?? csrfToken();
  if (key !== null) sent["Idempotency-Key"] = key;
  let response;
  let data;
  try {
    response = await fetchOurs(url, {
      method,
      headers: sent,
      body: body === undefined || isFile ? body : JSON.stringify(body),
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
    data = await parsed(response);
  } catch (error) {
    if (signal?.aborted) throw error;
    const late = limit.aborted;
    throw new Problem({
      code: late ? "timeout" : "network",
      detail: late ? "The server took too long to answer." : "The server cannot be reached.",
    });
  }
  if (response.ok) return { status: response.status, data, headers: response.headers };
  throw problemOf(response, data);
}

/** @param {Response} response */
async function parsed(response) {
  if (response.status === 204) return null;
  const text = await response.text();
  if (!text || !/json/.test(response.headers.get("content-type") ?? "")) return text;
  return JSON.parse(text);
}

/** @param {Response} response @param {any} data */
function problemOf(response, data) {
  const away = [502, 503, 504].includes(response.status);
  const detail = away ? "The server cannot be reached." : "Something went wrong, and the server did not say what.";
  const stated = data && typeof data === "object" ? data : { detail, code: "unknown" };
  const retry = Number(response.headers.get("retry-after"));
  return new Problem({ ...stated, status: response.status, retry_after_s: Number.isFinite(retry) && retry > 0 ? retry : null });
}

/** @param {Problem} problem @param {number} attempt */
function waitMs(problem, attempt) {
  const backoff = BACKOFF_MS * 2 ** (attempt - 1) * (0.75 + Math.random() / 2);
  return Math.min(Math.max(backoff, (problem.retryAfterS ?? 0) * 1000), WAIT_MAX_MS);
}

/** @param {number} ms @param {AbortSignal | undefined} signal */
function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => { clearTimeout(timer); reject(signal.reason); }, { once: true });
  });
}

/** Ask for a token that fits the session of now; the browser holds it afterwards. */
export async function renewToken() {
  try {
    const response = await fetch("/csrf-token", { credentials: "same-origin", headers: { Accept: "application/json" } });
    return (await response.json()).token;
  } catch {
    throw new Problem({ detail: "The server cannot be reached." });
  }
}

/** 128 random bits; `crypto.randomUUID` is not there on plain HTTP in a local network. */
export function randomKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
