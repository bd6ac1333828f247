// Traces: conversations, the jobs that carry the same trace_id.
import { Collection } from "./collections.js";
import { page, pages } from "./pages.js";
import { call } from "./routes.js";
import { pathOf, type Transport } from "./transport.js";
import type { CallOptions, Message, Page, Paging, Trace, TraceWithJobs } from "./types.js";

export class Traces extends Collection<Trace> {
  constructor(transport: Transport) {
    super(transport, "/v1/traces", "trace_id");
  }

  /** The trace and one page of its jobs, newest first. */
  get(id: string, paging: Paging = {}, options: CallOptions = {}): Promise<TraceWithJobs> {
    return call(this.transport, "GET /v1/traces/{id}", { path: { id }, query: paging }, options);
  }

  /** One page of what was said, oldest first. */
  async messages(id: string, paging: Paging = {}, options: CallOptions = {}): Promise<Page<Message>> {
    return page(this.transport, pathOf("/v1/traces/{id}/messages", { id }), paging, options);
  }

  /** All that was said, oldest first, read page by page. */
  allMessages(id: string, paging: Paging = {}, options: CallOptions = {}): AsyncGenerator<Message, void, undefined> {
    return pages((part) => this.messages(id, part, options), ({ job_id, role }) => `${job_id} ${role}`, paging);
  }
}
