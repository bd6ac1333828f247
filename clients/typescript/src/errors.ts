// The errors of this client.
import type { ErrorCode, Job, Problem } from "./types.js";

/** Codes that this client gives itself, when it has no answer of the API. */
export type ClientCode =
  /** The server could not be reached, or the connection broke. */
  | "CONNECTION_FAILED"
  /** No answer came within the time-out. */
  | "TIMED_OUT"
  /** What answered was not the API: a proxy's page, for instance. */
  | "UNEXPECTED_ANSWER";

/** What a RanvierError is made of. */
export interface RanvierErrorFields {
  status: number;
  code: ErrorCode | ClientCode | (string & {});
  requestId?: string | undefined;
  details?: Problem[] | undefined;
  retryAfterMs?: number | undefined;
  cause?: unknown;
}

/** A request that did not succeed. */
export class RanvierError extends Error {
  override readonly name: string = "RanvierError";
  /** The HTTP status, or 0 when there was no answer. */
  readonly status: number;
  /** Why, as a word that programs can compare. */
  readonly code: ErrorCode | ClientCode | (string & {});
  /** Finds the request in the server's log. */
  readonly requestId: string | undefined;
  /** Every problem of the request, each with a JSON pointer. */
  readonly details: Problem[];
  /** How long the server asked to wait before another try, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, fields: RanvierErrorFields) {
    super(message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.status = fields.status;
    this.code = fields.code;
    this.requestId = fields.requestId;
    this.details = fields.details ?? [];
    this.retryAfterMs = fields.retryAfterMs;
  }
}

/** A job that was awaited and has failed, or was cancelled. */
export class JobFailedError extends Error {
  override readonly name = "JobFailedError";
  /** The job's last status; `job.error` has the code and the node. */
  readonly job: Job;

  constructor(job: Job) {
    super(`job ${job.job_id} failed: ${job.failedReason ?? "no reason was given"}`);
    this.job = job;
  }
}

/** Makes the error of an answer that is not a 2xx, and uses up its body. */
export async function errorOf(response: Response): Promise<RanvierError> {
  const text = await response.text();
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    // Such as a proxy's page: it explains nothing to programs.
  }
  return errorFrom(response.status, response.headers, body);
}

/** The same, when the body has been decoded. */
export function errorFrom(status: number, headers: Headers, body: unknown): RanvierError {
  const retryAfterMs = retryAfter(headers.get("Retry-After"), Date.now());
  const requestId = headers.get("X-Request-Id") ?? undefined;
  const { message, code, details, request_id } = (body ?? {}) as Record<string, unknown>;
  if (typeof message !== "string" || typeof code !== "string") {
    return new RanvierError(`HTTP ${status} without an explanation`, { status, code: "UNEXPECTED_ANSWER", requestId, retryAfterMs });
  }
  return new RanvierError(message, {
    status,
    code,
    requestId: typeof request_id === "string" ? request_id : requestId,
    details: Array.isArray(details) ? (details as Problem[]) : [],
    retryAfterMs,
  });
}

/** Reads a Retry-After header (RFC 9110, section 10.2.3): seconds or a date. */
export function retryAfter(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}
