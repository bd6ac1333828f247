// Sends requests: credentials, time-outs, retries, and the mapping of what
// comes back to values and errors.
import { RanvierError, errorOf } from "./errors.js";

/** The part of fetch that this client uses. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** A request of the API. */
export interface Call {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Path, as `pathOf` makes it. */
  path: string;
  query?: Query;
  body?: unknown;
  headers?: Record<string, string | undefined>;
  /** What the server may take on top of the time-out, in milliseconds. */
  extraMs?: number;
  /**
   * Whether the request may be sent again when it is not known if the server
   * has done it. Without, only what was surely not done is tried again.
   */
  repeatable?: boolean;
  /** Whether the answer may be large: then the time-out is not for the whole, but for each piece. */
  large?: boolean;
  /** The media type of a text that is asked for in place of JSON. */
  text?: string;
  /** A status whose answer is a value too. */
  alsoOk?: number;
  signal?: AbortSignal | undefined;
}

/** Names and values of a query; what is undefined is left out. */
export type Query = Record<string, string | number | readonly string[] | undefined>;

/** A decoded answer. */
export interface Answered<T> {
  body: T;
  status: number;
  headers: Headers;
}

/** How a server is reached. */
export interface ConnectionOptions {
  /** Where the server is, such as "http://127.0.0.1:8080". It may have a path. */
  baseUrl: string;
  /** The platform's own when absent. */
  fetch?: Fetch;
  /** How often a request is tried again; 5 when absent. */
  maxRetries?: number;
  /** How long one try may take, in milliseconds; 30000 when absent, 0 is no limit. */
  timeoutMs?: number;
}

/** Makes a transport, which sends a key when there is one. */
export function connect({ baseUrl, fetch, maxRetries = 5, timeoutMs = 30_000 }: ConnectionOptions, apiKey?: string): Transport {
  if (!URL.canParse(baseUrl)) throw new TypeError("baseUrl must be an absolute URL");
  // A browser's fetch must be called on the window.
  return new Transport({ baseUrl, apiKey, fetch: fetch ?? ((url, init) => globalThis.fetch(url, init)), maxRetries, timeoutMs });
}

interface TransportOptions extends Required<ConnectionOptions> {
  apiKey: string | undefined;
}

/** The longest pause between two tries, in milliseconds. */
const longestPause = 30_000;
/** A server that asks to wait longer than this is not waited for, in milliseconds. */
const longestRetryAfter = 120_000;

export class Transport {
  readonly #options: TransportOptions;
  readonly maxRetries: number;

  constructor(options: TransportOptions) {
    this.#options = { ...options, baseUrl: options.baseUrl.replace(/\/+$/, "") };
    this.maxRetries = options.maxRetries;
  }

  /** Sends a request, again where that is safe and useful, and decodes the answer. */
  async send<T>(call: Call): Promise<Answered<T>> {
    for (let failures = 1; ; failures++) {
      try {
        return await this.#once<T>(call);
      } catch (error) {
        if (failures > this.maxRetries || !mayRepeat(error, call.repeatable ?? call.method === "GET")) throw error;
        const pause = pauseAfter(failures, 250, error as RanvierError);
        if (pause === undefined) throw error;
        await sleep(pause, call.signal);
      }
    }
  }

  async #once<T>(call: Call): Promise<Answered<T>> {
    const watch = new Watch(call.signal);
    const { timeoutMs } = this.#options;
    watch.expect(timeoutMs === 0 ? 0 : timeoutMs + (call.extraMs ?? 0));
    try {
      const response = await this.#fetch(call, call.text ?? "application/json", watch);
      const text = call.large ? await textOf(response, watch, timeoutMs) : await watch.during(response.text());
      const body = response.status === 204 ? undefined : call.text === undefined ? decode<T>(text, response) : text;
      return { body: body as T, status: response.status, headers: response.headers };
    } finally {
      watch.stop();
    }
  }

  /**
   * Opens a stream, in one try. The caller reads the body and stops the watch.
   * The answer is a 200 with a body, or a 204.
   */
  async open(call: Call, watch: Watch): Promise<Response> {
    watch.expect(this.#options.timeoutMs);
    const response = await this.#fetch(call, "text/event-stream", watch);
    if (response.status !== 204 && !(response.headers.get("Content-Type") ?? "").startsWith("text/event-stream")) {
      throw new RanvierError("what answered is no event stream", { status: response.status, code: "UNEXPECTED_ANSWER" });
    }
    return response;
  }

  async #fetch(call: Call, accept: string, watch: Watch): Promise<Response> {
    const headers: Record<string, string> = { Accept: accept };
    if (this.#options.apiKey !== undefined) headers["Authorization"] = `Bearer ${this.#options.apiKey}`;
    for (const [name, value] of Object.entries(call.headers ?? {})) {
      if (value !== undefined) headers[name] = value;
    }
    const init: RequestInit = { method: call.method, headers, signal: watch.signal, cache: "no-store" };
    if (call.body !== undefined) {
      headers["Content-Type"] = "application/json";
      init.body = JSON.stringify(call.body);
    }
    const response = await watch.during(this.#options.fetch(this.#options.baseUrl + call.path + search(call.query), init));
    if (!response.ok && response.status !== call.alsoOk) throw await watch.during(errorOf(response));
    return response;
  }
}

/**
 * A request under way: it ends with the caller's signal, and when nothing
 * comes within the expected time.
 */
export class Watch {
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal | undefined;
  readonly #abort = () => this.#controller.abort(this.#outer?.reason);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #late: RanvierError | undefined;

  constructor(outer: AbortSignal | undefined) {
    outer?.throwIfAborted();
    this.#outer = outer;
    outer?.addEventListener("abort", this.#abort);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** From now on something must come within ms; 0 is no limit. */
  expect(ms: number): void {
    clearTimeout(this.#timer);
    if (ms <= 0) return;
    this.#timer = setTimeout(() => {
      this.#late = new RanvierError(`nothing came within ${ms} ms`, { status: 0, code: "TIMED_OUT" });
      this.#controller.abort(this.#late);
    }, ms);
  }

  /** Awaits a step of the exchange and says what its failure means. */
  async during<T>(step: Promise<T>): Promise<T> {
    try {
      return await step;
    } catch (cause) {
      this.#outer?.throwIfAborted();
      if (this.#late !== undefined) throw this.#late;
      if (cause instanceof RanvierError) throw cause;
      throw new RanvierError(`the connection failed: ${reason(cause)}`, { status: 0, code: "CONNECTION_FAILED", cause });
    }
  }

  /** Ends what is still under way. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#outer?.removeEventListener("abort", this.#abort);
    this.#controller.abort();
  }
}

/** Reads a text of which some must come within ms each time. */
async function textOf(response: Response, watch: Watch, ms: number): Promise<string> {
  const decoder = new TextDecoder();
  const reader = response.body?.getReader();
  let text = "";
  for (;;) {
    watch.expect(ms);
    const piece = reader === undefined ? undefined : await watch.during(reader.read());
    if (piece?.value === undefined) return text + decoder.decode();
    text += decoder.decode(piece.value, { stream: true });
  }
}

/** Whether the failure will likely pass. */
export function isTransient(error: unknown): error is RanvierError {
  return error instanceof RanvierError
    && (error.code === "CONNECTION_FAILED" || error.code === "TIMED_OUT" || [429, 502, 503, 504].includes(error.status));
}

/** Whether a request that failed so may be sent again. */
function mayRepeat(error: unknown, repeatable: boolean): boolean {
  if (!isTransient(error)) return false;
  return repeatable || error.status === 429 || refused(error.cause);
}

/**
 * How long to wait after so many failures in a row, in milliseconds: doubling
 * from first, with jitter, and never less than the server asks for. Undefined
 * when the server asks for too long.
 */
export function pauseAfter(failures: number, first: number, error: RanvierError | undefined, random = Math.random): number | undefined {
  const asked = error?.retryAfterMs ?? 0;
  if (asked > longestRetryAfter) return undefined;
  const pause = Math.min(longestPause, first * 2 ** (failures - 1)) * (0.5 + random() / 2);
  return Math.max(asked, pause);
}

/** Waits, unless the signal ends it: then it rejects with the signal's reason. */
export function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", abort, { once: true });
  });
}

/**
 * A path of the contract with ids in the place of the names in braces. What
 * could name another route, such as "..", is refused.
 */
export function pathOf(template: string, names: Record<string, string | number>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = String(names[name] ?? "");
    const fits = template.startsWith("/v1/traces/") ? anyText : name === "name" ? anyName : name === "node" ? nodePath : id;
    if (!fits.test(value)) throw new TypeError(`${JSON.stringify(value)} cannot be the ${name} in ${template}`);
    return encodeURIComponent(value);
  });
}

const id = /^[A-Za-z0-9_-]{1,64}$/;
const nodePath = /^[A-Za-z0-9_-]{1,64}(\/[A-Za-z0-9_-]{1,64})*$/;
/** Of a signal or a secret. */
const anyName = /^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,63}$/;
/** URLs give "." and ".." a meaning of their own, also when they are encoded. */
const anyText = /^(?!\.{0,2}$)/;

function search(query: Query = {}): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const v of Array.isArray(value) ? value : [value]) {
      if (v !== undefined) params.append(name, String(v));
    }
  }
  const text = params.toString();
  return text === "" ? "" : `?${text}`;
}

function decode<T>(text: string, response: Response): T {
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new RanvierError("what answered is not the API: the body is no JSON", { status: response.status, code: "UNEXPECTED_ANSWER", cause });
  }
}

/** Whether no connection was made, so that the server has not seen the request. Only Node tells. */
function refused(cause: unknown): boolean {
  const inner = cause instanceof Error ? (cause.cause as { code?: unknown } | undefined) : undefined;
  return inner?.code === "ECONNREFUSED" || inner?.code === "ENOTFOUND" || inner?.code === "EAI_AGAIN";
}

function reason(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return cause.cause instanceof Error ? `${cause.message}: ${cause.cause.message || cause.cause.name}` : cause.message;
}
