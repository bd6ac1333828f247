// Stored definitions: pathways and neurons, and runs of them.
import { Stored } from "./collections.js";
import { page, pages } from "./pages.js";
import { call } from "./routes.js";
import { start } from "./start.js";
import { pathOf, type Transport } from "./transport.js";
import type {
  CallOptions, ExecuteRequest, InvokeRequest, Neuron, NeuronBody, Page, Paging, Pathway, PathwayBody, Problem, Started, StartOptions,
} from "./types.js";

/** What pathways and neurons have in common: they have versions. */
class Definitions<Item extends { id: string; version: number }, ItemBody> extends Stored<Item, ItemBody> {
  /** Stores a new version. The body replaces all fields but an absent slug. */
  update(id: string, body: ItemBody, options: CallOptions = {}): Promise<Item> {
    return this.ask("PUT", "/{id}", { id }, body, options);
  }

  /** One page of the versions, newest first. */
  async versions(id: string, paging: Paging = {}, options: CallOptions = {}): Promise<Page<Item>> {
    return page(this.transport, pathOf(`${this.path}/{id}/versions`, { id }), paging, options);
  }

  /** All versions, newest first, read page by page. */
  allVersions(id: string, paging: Paging = {}, options: CallOptions = {}): AsyncGenerator<Item, void, undefined> {
    return pages((part) => this.versions(id, part, options), (item) => String(item.version), paging);
  }

  getVersion(id: string, version: number, options: CallOptions = {}): Promise<Item> {
    return this.ask("GET", "/{id}/versions/{n}", { id, n: version }, undefined, options);
  }

  /** Stores an old version again, as the newest. */
  promote(id: string, version: number, options: CallOptions = {}): Promise<Item> {
    return this.ask("POST", "/{id}/versions/{n}/promote", { id, n: version }, {}, options);
  }
}

export class Pathways extends Definitions<Pathway, PathwayBody> {
  constructor(transport: Transport) {
    super(transport, "/v1/pathways");
  }

  /** Starts a job of the pathway. */
  execute<Result = unknown>(id: string, request: ExecuteRequest = {}, options: StartOptions = {}): Promise<Started<Result>> {
    return start(this.transport, "POST /v1/pathways/{id}/execute", { path: { id }, body: request }, options);
  }

  /** Checks a graph without storing it. */
  validate(graph: unknown, options: CallOptions = {}): Promise<{ valid: boolean; problems: Problem[] }> {
    return call(this.transport, "POST /v1/pathways/validate", { body: { pathway_graph: graph }, repeatable: true }, options);
  }
}

export class Neurons extends Definitions<Neuron, NeuronBody> {
  constructor(transport: Transport) {
    super(transport, "/v1/neurons");
  }

  /**
   * Starts a job of the neuron. A `client_nonce` names the job, so an
   * idempotencyKey must not be given with it.
   */
  invoke<Result = unknown>(id: string, request: InvokeRequest, options: StartOptions = {}): Promise<Started<Result>> {
    return start(this.transport, "POST /v1/neurons/{id}/invoke", { path: { id }, body: request }, options, Boolean(request.client_nonce));
  }
}
