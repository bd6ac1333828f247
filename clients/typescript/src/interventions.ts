// Interventions: what jobs ask of people, over all jobs.
import { page, pages } from "./pages.js";
import { segment, type Answered, type Transport } from "./transport.js";
import type { Answer, CallOptions, InterventionOfJob, InterventionsQuery, InterventionSummary, Page } from "./types.js";

export class Interventions {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  async get(id: string, options: CallOptions = {}): Promise<InterventionOfJob> {
    const answer: Answered<InterventionOfJob> = await this.#transport.send({ method: "GET", path: `/v1/interventions/${segment(id)}`, signal: options.signal });
    return answer.body;
  }

  /** One page, newest first. */
  list(query: InterventionsQuery = {}, options: CallOptions = {}): Promise<Page<InterventionOfJob>> {
    return page(this.#transport, "/v1/interventions", "interventions", { ...query }, options);
  }

  /** All that fit, newest first, read page by page. */
  listAll(query: InterventionsQuery = {}, options: CallOptions = {}): AsyncGenerator<InterventionOfJob, void, undefined> {
    return pages((paging) => this.list({ ...query, ...paging }, options), (item) => item.interventionId, query);
  }

  /** How many there are in each status, and of which nodes. */
  async summary(query: Omit<InterventionsQuery, "limit" | "offset"> = {}, options: CallOptions = {}): Promise<InterventionSummary> {
    const answer: Answered<InterventionSummary> = await this.#transport.send({
      method: "GET", path: "/v1/interventions", query: { ...query, summary: "1" }, signal: options.signal,
    });
    return answer.body;
  }

  /** Answers the question; its job then goes on by itself. */
  async respond(id: string, body: Answer, options: CallOptions = {}): Promise<InterventionOfJob> {
    const answer: Answered<InterventionOfJob> = await this.#transport.send({
      method: "POST", path: `/v1/interventions/${segment(id)}/respond`, body, signal: options.signal,
    });
    return answer.body;
  }
}
