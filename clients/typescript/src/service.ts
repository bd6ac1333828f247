// The server itself: whether it works, what it counts, and its contract.
import { errorFrom } from "./errors.js";
import { target, type Result } from "./routes.js";
import type { Answered, Transport } from "./transport.js";
import type { CallOptions, Readiness } from "./types.js";

export class Service {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Resolves when the process lives. */
  async health(options: CallOptions = {}): Promise<Result<"GET /healthz">> {
    const answer: Answered<Result<"GET /healthz">> = await this.#transport.send({ ...target("GET /healthz"), signal: options.signal });
    return answer.body;
  }

  /** Whether the server can do its work, and if not why. */
  async ready(options: CallOptions = {}): Promise<Readiness> {
    const answer: Answered<Readiness | object> = await this.#transport.send({ ...target("GET /readyz"), alsoOk: 503, signal: options.signal });
    if (!("checks" in answer.body)) throw errorFrom(answer.status, answer.headers, answer.body);
    return answer.body;
  }

  /** What the server counts, in the text format of Prometheus. It needs the instance's own admin key. */
  metrics(options: CallOptions = {}): Promise<string> {
    return this.#text("GET /metrics", "text/plain", options);
  }

  /** The contract of this server's version. */
  openapi(options: CallOptions = {}): Promise<string> {
    return this.#text("GET /v1/openapi.yaml", "application/yaml", options);
  }

  async #text(route: "GET /metrics" | "GET /v1/openapi.yaml", text: string, options: CallOptions): Promise<string> {
    const answer: Answered<string> = await this.#transport.send({ ...target(route), text, signal: options.signal });
    return answer.body;
  }
}
