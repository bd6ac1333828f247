// What share tokens open, for people who have no key.
import { call } from "./routes.js";
import { start, waiting } from "./start.js";
import { followJob, type StreamOptions } from "./stream.js";
import { connect, type ConnectionOptions, type Transport } from "./transport.js";
import type { Answer, CallOptions, Frame, PublicJob, PublicQuestion, PublicReceptor, PublicStartRequest, Started, StartOptions } from "./types.js";

export interface PublicOptions extends ConnectionOptions {
  /** The share token, `rv_share_...`. */
  token: string;
}

export interface PublicStatusOptions extends CallOptions {
  /** When it is given it must be the job's. */
  traceId?: string;
  /** Holds the answer until the job has ended or asks something; at most 60. */
  waitSeconds?: number;
}

export interface PublicStreamOptions extends StreamOptions {
  /** When it is given it must be the job's. */
  traceId?: string;
}

/**
 * A client for whoever has a share token of one job, one receptor or one
 * intervention. A token that is wrong, has expired or was revoked is a
 * RanvierError with the code NOT_FOUND, also in the midst of a stream.
 */
export class PublicRanvier {
  /** With a token of the job, or of the receptor that started it. */
  readonly jobs: PublicJobs;
  /** With a token of the receptor. */
  readonly receptors: PublicReceptors;
  /** With a token of a delivery. */
  readonly intervention: PublicIntervention;

  constructor(options: PublicOptions) {
    const { token } = options;
    if (token === "") throw new TypeError("token must not be empty");
    const transport = connect(options);
    this.jobs = new PublicJobs(transport, token);
    this.receptors = new PublicReceptors(transport, token);
    this.intervention = new PublicIntervention(transport, token);
  }
}

class Opened {
  protected readonly transport: Transport;
  protected readonly token: string;

  constructor(transport: Transport, token: string) {
    this.transport = transport;
    this.token = token;
  }
}

export class PublicJobs extends Opened {
  getStatus<Result = unknown>(id: string, options: PublicStatusOptions = {}): Promise<PublicJob<Result>> {
    const query = { t: this.token, trace_id: options.traceId };
    const status = call(this.transport, "GET /v1/public/jobs/{id}/status", { path: { id }, query, ...waiting(options.waitSeconds) }, options);
    return status as Promise<PublicJob<Result>>;
  }

  /** Follows the job to its end, as `jobs.stream` does. */
  stream(id: string, options: PublicStreamOptions = {}): AsyncGenerator<Frame, void, undefined> {
    return followJob(this.transport, "GET /v1/public/jobs/{id}/stream", id, { t: this.token, trace_id: options.traceId }, options);
  }
}

/** A receptor is named by its id, or by its workspace and its id or slug: "default/ask-us". */
export class PublicReceptors extends Opened {
  get(receptor: string, options: CallOptions = {}): Promise<PublicReceptor> {
    const { workspace_slug, id } = named(receptor);
    const query = { t: this.token };
    return workspace_slug === undefined
      ? call(this.transport, "GET /v1/public/receptors/by-id/{id}", { path: { id }, query }, options)
      : call(this.transport, "GET /v1/public/receptors/{workspace_slug}/{id}", { path: { workspace_slug, id }, query }, options);
  }

  /** Starts a job of the receptor's target. The token also opens its status and stream. */
  execute<Result = unknown>(receptor: string, request: PublicStartRequest = {}, options: StartOptions = {}): Promise<Started<Result, PublicJob<Result>>> {
    const { workspace_slug, id } = named(receptor);
    const body = { ...request, share_token: this.token };
    return workspace_slug === undefined
      ? start(this.transport, "POST /v1/public/receptors/by-id/{id}/execute", { path: { id }, body }, options)
      : start(this.transport, "POST /v1/public/receptors/{workspace_slug}/{id}/execute", { path: { workspace_slug, id }, body }, options);
  }
}

function named(receptor: string): { workspace_slug: string | undefined; id: string } {
  const slash = receptor.indexOf("/");
  return { workspace_slug: slash < 0 ? undefined : receptor.slice(0, slash), id: receptor.slice(slash + 1) };
}

export class PublicIntervention extends Opened {
  /** The question as it is. */
  get(options: CallOptions = {}): Promise<PublicQuestion> {
    return call(this.transport, "GET /v1/public/interventions/{token}", { path: { token: this.token } }, options);
  }

  /** Answers it; whoever it was delivered to can do so once. */
  respond(answer: Answer, options: CallOptions = {}): Promise<PublicQuestion> {
    return call(this.transport, "POST /v1/public/interventions/{token}/respond", { path: { token: this.token }, body: answer }, options);
  }
}
