// Interventions: what jobs ask of people, over all jobs.
import { Collection } from "./collections.js";
import { call } from "./routes.js";
import type { Transport } from "./transport.js";
import type { Answer, CallOptions, DeliveryRequest, InterventionOfJob, InterventionsQuery, InterventionSummary, NewShare } from "./types.js";

export class Interventions extends Collection<InterventionOfJob, InterventionsQuery> {
  constructor(transport: Transport) {
    super(transport, "/v1/interventions", "interventionId");
  }

  get(id: string, options: CallOptions = {}): Promise<InterventionOfJob> {
    return call(this.transport, "GET /v1/interventions/{id}", { path: { id } }, options);
  }

  /** How many there are in each status, and of which nodes. */
  summary(query: Omit<InterventionsQuery, "limit" | "offset"> = {}, options: CallOptions = {}): Promise<InterventionSummary> {
    const summary = call(this.transport, "GET /v1/interventions", { query: { ...query, summary: "1" } }, options);
    return summary as Promise<InterventionSummary>;
  }

  /** Answers the question; its job then goes on by itself. */
  respond(id: string, answer: Answer, options: CallOptions = {}): Promise<InterventionOfJob> {
    return call(this.transport, "POST /v1/interventions/{id}/respond", { path: { id }, body: answer }, options);
  }

  /** Makes a delivery: a share token with which one person answers, by a `PublicRanvier`. */
  share(id: string, request: DeliveryRequest = {}, options: CallOptions = {}): Promise<NewShare> {
    return call(this.transport, "POST /v1/interventions/{id}/share", { path: { id }, body: request }, options);
  }
}
