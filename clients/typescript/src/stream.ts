// Follows a job, or all of them, over as many connections as it takes.
import { target, type Route } from "./routes.js";
import { isTransient, pauseAfter, sleep, Watch, type Query, type Transport } from "./transport.js";
import { SSEParser } from "./sse.js";
import type { Frame } from "./types.js";
import type { RanvierError } from "./errors.js";

export interface StreamOptions {
  /** The cursor of the last frame that is known; absent: from the beginning. */
  after?: string | undefined;
  /** Ends the stream: it then rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /**
   * How long a connection may be silent before another is made, in
   * milliseconds, 60000 when absent. The server sends a ping every 15 s.
   */
  idleMs?: number;
}

/** Follows one job to its end. */
export async function* followJob(
  transport: Transport, route: Route & `GET ${string}/stream`, id: string, query: Query, options: StreamOptions,
): AsyncGenerator<Frame, void, undefined> {
  yield* follow(transport, target(route, { id }).path, query, options, ({ type }) => type === "complete" || type === "error");
}

/**
 * Gives a stream's frames in order, each once, until one is the last. A
 * connection that breaks is made again at the last frame's cursor, for as long
 * as it takes; only the first connection is given up after the client's
 * `maxRetries`.
 */
export async function* follow(
  transport: Transport, path: string, query: Query, options: StreamOptions, isLast: (frame: Frame) => boolean,
): AsyncGenerator<Frame, void, undefined> {
  const { signal, idleMs = 60_000 } = options;
  let cursor = options.after;
  let opened = false;
  let retry = 1000; // milliseconds; the server may ask for others
  let failures = 0;
  for (;;) {
    let failure: RanvierError | undefined;
    const watch = new Watch(signal);
    try {
      const response = await transport.open({ method: "GET", path, query: { ...query, after: cursor } }, watch);
      if (response.status === 204 || response.body === null) return;
      opened = true;
      failures = 0;
      // A character may be cut in two by the network, so one decoder reads all.
      const decoder = new TextDecoder();
      const parser = new SSEParser();
      const reader = response.body.getReader();
      for (;;) {
        watch.expect(idleMs);
        const { done, value } = await watch.during(reader.read());
        watch.expect(0); // the time of whoever reads the frames does not count
        if (done) break;
        const events = parser.push(decoder.decode(value, { stream: true }));
        retry = parser.retry ?? retry;
        for (const event of events) {
          const frame = JSON.parse(event.data) as Frame;
          if (event.id !== "") cursor = event.id;
          yield frame;
          if (isLast(frame)) return;
        }
      }
    } catch (error) {
      if (!isTransient(error)) throw error;
      failure = error;
    } finally {
      watch.stop();
    }
    failures++;
    const pause = pauseAfter(failures, retry, failure);
    if (failure !== undefined && (pause === undefined || (!opened && failures > transport.maxRetries))) throw failure;
    await sleep(pause ?? retry, signal);
  }
}
