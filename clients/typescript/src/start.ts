// Starts of jobs, at whatever route: safe to send again, and able to wait.
import { target, type Request, type Route } from "./routes.js";
import type { Answered, Call, Transport } from "./transport.js";
import type { Job, Started, StartOptions } from "./types.js";

/**
 * Starts a job at any route that does. All tries carry one Idempotency-Key,
 * unless the request names the job itself.
 */
export async function start<R extends Route, J extends { job_id: string } = Job>(
  transport: Transport, route: R, request: Request<R>, options: StartOptions, named = false,
): Promise<Started<unknown, J>> {
  const key = options.idempotencyKey ?? (named ? undefined : randomKey());
  const wait = waiting(options.waitSeconds);
  const answer: Answered<Started<unknown, J> & J> = await transport.send({
    ...target(route, request.path), body: request.body, repeatable: true, signal: options.signal,
    ...wait, headers: { ...wait.headers, "Idempotency-Key": key },
  });
  const { job_id, status, cursor } = answer.body;
  return {
    job_id, status, cursor,
    replayed: replayed(answer),
    job: answer.status === 200 ? answer.body : undefined,
  };
}

/** Whether an earlier request with the same key had done it. */
export function replayed(answer: Answered<unknown>): boolean {
  return answer.headers.get("Idempotent-Replay") === "true";
}

/** What a request that may wait has beside others. */
export function waiting(seconds: number | undefined): Pick<Call, "headers" | "extraMs"> {
  return seconds === undefined ? {} : { headers: { Prefer: `wait=${seconds}` }, extraMs: seconds * 1000 };
}

/** 128 random bits. randomUUID is absent from pages that were not sent over TLS. */
export function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
}
