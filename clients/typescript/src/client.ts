// The client itself: its settings, and the resources of the API.
import { Neurons, Pathways } from "./definitions.js";
import { Interventions } from "./interventions.js";
import { Jobs } from "./jobs.js";
import { Transport, type Answered, type Fetch } from "./transport.js";
import type { CallOptions, Session } from "./types.js";

export interface RanvierOptions {
  /** Where the server is, such as "http://127.0.0.1:8080". It may have a path. */
  baseUrl: string;
  apiKey: string;
  /** The platform's own when absent. */
  fetch?: Fetch;
  /** How often a request is tried again; 5 when absent. */
  maxRetries?: number;
  /** How long one try may take, in milliseconds; 30000 when absent, 0 is no limit. */
  timeoutMs?: number;
}

/** A client of the Ranvier Jobs API. It holds no connections, so it needs no closing. */
export class Ranvier {
  readonly jobs: Jobs;
  readonly pathways: Pathways;
  readonly neurons: Neurons;
  readonly interventions: Interventions;
  readonly #transport: Transport;

  constructor(options: RanvierOptions) {
    const { baseUrl, apiKey, maxRetries = 5, timeoutMs = 30_000 } = options;
    if (!URL.canParse(baseUrl)) throw new TypeError("baseUrl must be an absolute URL");
    if (apiKey === "") throw new TypeError("apiKey must not be empty");
    // A browser's fetch must be called on the window.
    const fetch = options.fetch ?? ((url, init) => globalThis.fetch(url, init));
    this.#transport = new Transport({ baseUrl, apiKey, fetch, maxRetries, timeoutMs });
    this.jobs = new Jobs(this.#transport);
    this.pathways = new Pathways(this.#transport);
    this.neurons = new Neurons(this.#transport);
    this.interventions = new Interventions(this.#transport);
  }

  /** The workspace and role of the key. */
  async session(options: CallOptions = {}): Promise<Session> {
    const answer: Answered<Session> = await this.#transport.send({ method: "GET", path: "/v1/session/context", signal: options.signal });
    return answer.body;
  }
}
