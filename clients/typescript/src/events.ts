// The feed of a workspace: the commits of all its jobs, in one order.
import { filters } from "./pages.js";
import { follow, type StreamOptions } from "./stream.js";
import type { Transport } from "./transport.js";
import type { FeedFilters, Frame } from "./types.js";

export interface FeedOptions extends StreamOptions {
  /** All that are given must fit; `status` is that of the job after the commit. */
  filters?: FeedFilters;
}

export class Events {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Follows all jobs of the workspace from a place on, over restarts of the
   * server and broken connections: each commit once, in order, without words
   * (`token`). It has no end; leave the loop, or use a signal.
   */
  stream(options: FeedOptions = {}): AsyncGenerator<Frame, void, undefined> {
    return follow(this.#transport, "/v1/events/stream", filters({ ...options.filters }), options, () => false);
  }
}
