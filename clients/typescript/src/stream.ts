// Follows a job over as many connections as it takes.
import { isTransient, pauseAfter, segment, sleep, Watch, type Transport } from "./transport.js";
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

/**
 * Gives a job's frames in order, each once, until its end. A connection that
 * breaks is made again at the last frame's cursor, for as long as it takes;
 * only the first connection is given up after the client's `maxRetries`.
 */
export async function* follow(transport: Transport, job: string, options: StreamOptions = {}): AsyncGenerator<Frame, void, undefined> {
  const { signal, idleMs = 60_000 } = options;
  const path = `/v1/jobs/${segment(job)}/stream`;
  let cursor = options.after;
  let opened = false;
  let retry = 1000; // milliseconds; the server may ask for others
  let failures = 0;
  for (;;) {
    let failure: RanvierError | undefined;
    const watch = new Watch(signal);
    try {
      const response = await transport.open({ method: "GET", path, query: { after: cursor } }, watch);
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
          if (frame.type === "complete" || frame.type === "error") return;
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
