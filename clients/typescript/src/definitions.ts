// Stored definitions: pathways and neurons, and runs of them.
import { start } from "./jobs.js";
import { page, pages } from "./pages.js";
import { segment, type Answered, type Transport } from "./transport.js";
import type {
  CallOptions, DefinitionsQuery, ExecuteRequest, InvokeRequest, Neuron, NeuronBody, Page, Paging, Pathway, PathwayBody, Problem, Started, StartOptions,
} from "./types.js";

/** What pathways and neurons have in common. `id` is an id or a slug. */
class Definitions<Item extends { id: string }, ItemBody> {
  protected readonly transport: Transport;
  readonly #plural: string;

  constructor(transport: Transport, plural: string) {
    this.transport = transport;
    this.#plural = plural;
  }

  async create(body: ItemBody, options: CallOptions = {}): Promise<Item> {
    const answer: Answered<Item> = await this.transport.send({ method: "POST", path: `/v1/${this.#plural}`, body, signal: options.signal });
    return answer.body;
  }

  async get(id: string, options: CallOptions = {}): Promise<Item> {
    const answer: Answered<Item> = await this.transport.send({ method: "GET", path: this.path(id), signal: options.signal });
    return answer.body;
  }

  /** One page. */
  list(query: DefinitionsQuery = {}, options: CallOptions = {}): Promise<Page<Item>> {
    return page(this.transport, `/v1/${this.#plural}`, this.#plural, { ...query }, options);
  }

  /** All that fit, read page by page. */
  listAll(query: DefinitionsQuery = {}, options: CallOptions = {}): AsyncGenerator<Item, void, undefined> {
    return pages((paging) => this.list({ ...query, ...paging }, options), (item) => item.id, query);
  }

  /** Stores a new version. The body replaces all fields but an absent slug. */
  async update(id: string, body: ItemBody, options: CallOptions = {}): Promise<Item> {
    const answer: Answered<Item> = await this.transport.send({ method: "PUT", path: this.path(id), body, signal: options.signal });
    return answer.body;
  }

  async delete(id: string, options: CallOptions = {}): Promise<void> {
    await this.transport.send({ method: "DELETE", path: this.path(id), signal: options.signal });
  }

  /** One page of the versions, newest first. */
  versions(id: string, paging: Paging = {}, options: CallOptions = {}): Promise<Page<Item>> {
    return page(this.transport, `${this.path(id)}/versions`, "versions", { ...paging }, options);
  }

  async getVersion(id: string, version: number, options: CallOptions = {}): Promise<Item> {
    const answer: Answered<Item> = await this.transport.send({ method: "GET", path: `${this.path(id)}/versions/${version}`, signal: options.signal });
    return answer.body;
  }

  /** Stores an old version again, as the newest. */
  async promote(id: string, version: number, options: CallOptions = {}): Promise<Item> {
    const answer: Answered<Item> = await this.transport.send({
      method: "POST", path: `${this.path(id)}/versions/${version}/promote`, body: {}, signal: options.signal,
    });
    return answer.body;
  }

  protected path(id: string): string {
    return `/v1/${this.#plural}/${segment(id)}`;
  }
}

export class Pathways extends Definitions<Pathway, PathwayBody> {
  constructor(transport: Transport) {
    super(transport, "pathways");
  }

  /** Starts a job of the pathway. */
  execute<Result = unknown>(id: string, request: ExecuteRequest = {}, options: StartOptions = {}): Promise<Started<Result>> {
    return start(this.transport, `${this.path(id)}/execute`, request, options);
  }

  /** Checks a graph without storing it. */
  async validate(graph: unknown, options: CallOptions = {}): Promise<{ valid: boolean; problems: Problem[] }> {
    const answer: Answered<{ valid: boolean; problems: Problem[] }> = await this.transport.send({
      method: "POST", path: "/v1/pathways/validate", body: { pathway_graph: graph }, repeatable: true, signal: options.signal,
    });
    return answer.body;
  }
}

export class Neurons extends Definitions<Neuron, NeuronBody> {
  constructor(transport: Transport) {
    super(transport, "neurons");
  }

  /**
   * Starts a job of the neuron. A `client_nonce` names the job, so an
   * idempotencyKey must not be given with it.
   */
  invoke<Result = unknown>(id: string, request: InvokeRequest, options: StartOptions = {}): Promise<Started<Result>> {
    return start(this.transport, `${this.path(id)}/invoke`, request, options, Boolean(request.client_nonce));
  }
}
