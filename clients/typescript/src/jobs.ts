// Jobs: start, read, follow, control and answer them.
import { JobFailedError } from "./errors.js";
import { page, pages } from "./pages.js";
import { follow, type StreamOptions } from "./stream.js";
import { segment, type Answered, type Call, type Query, type Transport } from "./transport.js";
import type { Answer, CallOptions, EventType, Explanation, Frame, Job, JobEvent, JobsQuery, Page, RerunRequest, Started, StartOptions, StartRequest } from "./types.js";

export interface StatusOptions extends CallOptions {
  /** A cursor or a time: the status as it was then. */
  at?: string;
  /** Holds the answer until the job has ended or asks something; at most 60. */
  waitSeconds?: number;
}

export interface EventsOptions extends CallOptions {
  /** The cursor of the last event that is known. */
  after?: string;
  /** Only events of these types. */
  types?: EventType[];
  /** How many are read at once; at most 1000. */
  limit?: number;
}

export interface CompletionOptions extends StreamOptions {
  /** Sees every frame; the next one is read when it is done. */
  onFrame?: (frame: Frame) => void | Promise<void>;
}

export class Jobs {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Starts a job. It is durable once this resolves. */
  start<Result = unknown>(request: StartRequest, options: StartOptions = {}): Promise<Started<Result>> {
    return start(this.#transport, "/v1/jobs", request, options);
  }

  async getStatus<Result = unknown>(id: string, options: StatusOptions = {}): Promise<Job<Result>> {
    const { at, waitSeconds, signal } = options;
    const { body }: Answered<Job<Result>> = await this.#transport.send({
      method: "GET", path: `/v1/jobs/${segment(id)}/status`, query: { at }, signal, ...waiting(waitSeconds),
    });
    return body;
  }

  /** Why the job is where it is. */
  async explain(id: string, options: CallOptions = {}): Promise<Explanation> {
    const { body }: Answered<Explanation> = await this.#transport.send({ method: "GET", path: `/v1/jobs/${segment(id)}/explain`, signal: options.signal });
    return body;
  }

  /** One page of the jobs, newest first. */
  list(query: JobsQuery = {}, options: CallOptions = {}): Promise<Page<Job>> {
    return page(this.#transport, "/v1/jobs", "jobs", filters(query), options);
  }

  /** All jobs that fit, newest first, read page by page. */
  listAll(query: JobsQuery = {}, options: CallOptions = {}): AsyncGenerator<Job, void, undefined> {
    return pages((paging) => this.list({ ...query, ...paging }, options), (job) => job.job_id, query);
  }

  /** The job's audit log, oldest first, as far as it goes now. */
  async *events(id: string, options: EventsOptions = {}): AsyncGenerator<JobEvent, void, undefined> {
    const { types, limit, signal } = options;
    const path = `/v1/jobs/${segment(id)}/events`;
    for (let after: string | undefined | null = options.after; after !== null; ) {
      const { body }: Answered<{ events: JobEvent[]; next: string | null }> =
        await this.#transport.send({ method: "GET", path, query: { after, type: types, limit }, signal });
      yield* body.events;
      after = body.next;
    }
  }

  /**
   * Follows the job from a place to its end, over restarts of the server and
   * broken connections: each frame once, in order.
   */
  stream(id: string, options: StreamOptions = {}): AsyncGenerator<Frame, void, undefined> {
    return follow(this.#transport, id, options);
  }

  /**
   * Follows the job to its end and gives its last status. Rejects with a
   * JobFailedError when it has failed or was cancelled. A job that asks
   * something is waited for: onFrame sees the question in `waitingFor`.
   */
  async untilComplete<Result = unknown>(id: string, options: CompletionOptions = {}): Promise<Job<Result>> {
    for await (const frame of this.stream(id, options)) {
      await options.onFrame?.(frame);
    }
    const job = await this.getStatus<Result>(id, { signal: options.signal });
    if (job.status === "failed") throw new JobFailedError(job);
    return job;
  }

  /** Ends the job now. */
  cancel(id: string, reason?: string, options: CallOptions = {}): Promise<Job> {
    return this.#control(id, "cancel", { reason }, options);
  }

  /** Lets no new step begin. */
  pause(id: string, options: CallOptions = {}): Promise<Job> {
    return this.#control(id, "pause", {}, options);
  }

  /** Lets a paused job go on, or a waiting one whose question has a default. */
  resume(id: string, options: CallOptions = {}): Promise<Job> {
    return this.#control(id, "resume", {}, options);
  }

  /** Answers an open question of the job, which then goes on by itself. */
  provideInput(id: string, interventionId: string, answer: Answer, options: CallOptions = {}): Promise<Job> {
    return this.#control(id, "input", { input: { type: "intervention_response", interventionId, ...answer } }, options);
  }

  /** Runs an ended job again, as a new one: whole, or from a node on. */
  rerun<Result = unknown>(id: string, request: RerunRequest = {}, options: StartOptions = {}): Promise<Started<Result>> {
    return start(this.#transport, `/v1/jobs/${segment(id)}/rerun`, request, options);
  }

  async #control(id: string, command: string, body: unknown, options: CallOptions): Promise<Job> {
    const answer: Answered<Job> = await this.#transport.send({ method: "POST", path: `/v1/jobs/${segment(id)}/${command}`, body, signal: options.signal });
    return answer.body;
  }
}

/**
 * Starts a job at any route that does. All tries carry one Idempotency-Key,
 * unless the request names the job itself.
 */
export async function start<Result>(transport: Transport, path: string, body: unknown, options: StartOptions, named = false): Promise<Started<Result>> {
  const key = options.idempotencyKey ?? (named ? undefined : randomKey());
  const call: Call = { method: "POST", path, body, repeatable: true, signal: options.signal, ...waiting(options.waitSeconds) };
  call.headers = { ...call.headers, "Idempotency-Key": key };
  const answer: Answered<Started<Result> | Job<Result>> = await transport.send(call);
  const { job_id, status, cursor } = answer.body;
  return {
    job_id, status, cursor,
    replayed: answer.headers.get("Idempotent-Replay") === "true",
    job: answer.status === 200 ? (answer.body as Job<Result>) : undefined,
  };
}

function waiting(seconds: number | undefined): Pick<Call, "headers" | "extraMs"> {
  return seconds === undefined ? {} : { headers: { Prefer: `wait=${seconds}` }, extraMs: seconds * 1000 };
}

/** 128 random bits. randomUUID is absent from pages that were not sent over TLS. */
function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
}

function filters({ labels, ...query }: JobsQuery): Query {
  const out: Query = query;
  for (const [name, value] of Object.entries(labels ?? {})) out[`label.${name}`] = value;
  return out;
}
