// Jobs: start, read, follow, control and answer them.
import { Collection } from "./collections.js";
import { JobFailedError } from "./errors.js";
import { call, target } from "./routes.js";
import { randomKey, replayed, start, waiting } from "./start.js";
import { followJob, type StreamOptions } from "./stream.js";
import type { Answered, Transport } from "./transport.js";
import type {
  Answer, CallOptions, EventType, Explanation, Frame, Job, JobEvent, JobsQuery, NewShare, RerunRequest, ShareRequest, Signalled, Started, StartOptions, StartRequest,
} from "./types.js";

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

export interface OutputOptions extends CallOptions {
  /** The visit, of a node that a loop reached several times; absent: the last one that gave an output. */
  visit?: number;
}

export interface CompletionOptions extends StreamOptions {
  /** Sees every frame; the next one is read when it is done. */
  onFrame?: (frame: Frame) => void | Promise<void>;
}

export interface ResumeOptions extends CallOptions {
  /** Answers the open question of a waiting job. */
  input?: Answer & { interventionId: string };
}

export interface SignalOptions extends CallOptions {
  /** The same key counts once in the job. A random one is made when absent, so that retries are safe. */
  idempotencyKey?: string;
}

export class Jobs extends Collection<Job, JobsQuery> {
  constructor(transport: Transport) {
    super(transport, "/v1/jobs", "job_id");
  }

  /** Starts a job. It is durable once this resolves. */
  start<Result = unknown>(request: StartRequest, options: StartOptions = {}): Promise<Started<Result>> {
    return start(this.transport, "POST /v1/jobs", { body: request }, options);
  }

  getStatus<Result = unknown>(id: string, options: StatusOptions = {}): Promise<Job<Result>> {
    const { at, waitSeconds } = options;
    const status = call(this.transport, "GET /v1/jobs/{id}/status", { path: { id }, query: { at }, ...waiting(waitSeconds) }, options);
    return status as Promise<Job<Result>>;
  }

  /** The result of a completed job, however large. */
  getResult<Result = unknown>(id: string, options: CallOptions = {}): Promise<Result> {
    return call(this.transport, "GET /v1/jobs/{id}/result", { path: { id }, large: true }, options) as Promise<Result>;
  }

  /**
   * The output of a step, however large. A node inside a map is named by its
   * path, such as "each/3/call", and an item by "each/3".
   */
  getStepOutput<Output = unknown>(id: string, node: string, options: OutputOptions = {}): Promise<Output> {
    const output = call(this.transport, "GET /v1/jobs/{id}/steps/{node}/output", { path: { id, node }, query: { visit: options.visit }, large: true }, options);
    return output as Promise<Output>;
  }

  /** Why the job is where it is. */
  explain(id: string, options: CallOptions = {}): Promise<Explanation> {
    return call(this.transport, "GET /v1/jobs/{id}/explain", { path: { id } }, options);
  }

  /** The job's audit log, oldest first, as far as it goes now; read page by page. */
  async *events(id: string, options: EventsOptions = {}): AsyncGenerator<JobEvent, void, undefined> {
    const { types, limit } = options;
    for (let after: string | undefined | null = options.after; after !== null; ) {
      const page: { events: JobEvent[]; next: string | null } =
        await call(this.transport, "GET /v1/jobs/{id}/events", { path: { id }, query: { after, type: types, limit } }, options);
      yield* page.events;
      after = page.next;
    }
  }

  /**
   * Follows the job from a place to its end, over restarts of the server and
   * broken connections: each frame once, in order.
   */
  stream(id: string, options: StreamOptions = {}): AsyncGenerator<Frame, void, undefined> {
    return followJob(this.transport, "GET /v1/jobs/{id}/stream", id, {}, options);
  }

  /**
   * Follows the job to its end and gives its last status, with the whole result
   * however large. Rejects with a JobFailedError when it has failed or was
   * cancelled. A job that asks something is waited for: onFrame sees the
   * question in `waitingFor`.
   */
  async untilComplete<Result = unknown>(id: string, options: CompletionOptions = {}): Promise<Job<Result>> {
    for await (const frame of this.stream(id, options)) {
      await options.onFrame?.(frame);
    }
    const job = await this.getStatus<Result>(id, { signal: options.signal });
    if (job.status === "failed") throw new JobFailedError(job);
    if (job.result_url === undefined) return job;
    return { ...job, result: await this.getResult<Result>(id, { signal: options.signal }) };
  }

  /** Ends the job now. */
  cancel(id: string, reason?: string, options: CallOptions = {}): Promise<Job> {
    return call(this.transport, "POST /v1/jobs/{id}/cancel", { path: { id }, body: reason === undefined ? {} : { reason } }, options);
  }

  /** Lets no new step begin. */
  pause(id: string, options: CallOptions = {}): Promise<Job> {
    return call(this.transport, "POST /v1/jobs/{id}/pause", { path: { id }, body: {} }, options);
  }

  /** Lets a paused job go on, or a waiting one whose question has a default or is answered by `input`. */
  resume(id: string, options: ResumeOptions = {}): Promise<Job> {
    const body = options.input === undefined ? {} : { input: { type: "intervention_response" as const, ...options.input } };
    return call(this.transport, "POST /v1/jobs/{id}/resume", { path: { id }, body }, options);
  }

  /** Answers an open question of the job, which then goes on by itself. */
  provideInput(id: string, interventionId: string, answer: Answer, options: CallOptions = {}): Promise<Job> {
    const body = { input: { type: "intervention_response" as const, interventionId, ...answer } };
    return call(this.transport, "POST /v1/jobs/{id}/input", { path: { id }, body }, options);
  }

  /** Gives the job a signal, for a node of type `wait_event`. It is kept when it comes early. */
  async signal(id: string, name: string, data: unknown = null, options: SignalOptions = {}): Promise<Signalled> {
    const answer: Answered<Signalled> = await this.transport.send({
      ...target("POST /v1/jobs/{id}/signals/{name}", { id, name }), body: data, repeatable: true, signal: options.signal,
      headers: { "Idempotency-Key": options.idempotencyKey ?? randomKey() },
    });
    return { ...answer.body, replayed: replayed(answer) };
  }

  /** Runs an ended job again, as a new one: whole, or from a node on. */
  rerun<Result = unknown>(id: string, request: RerunRequest = {}, options: StartOptions = {}): Promise<Started<Result>> {
    return start(this.transport, "POST /v1/jobs/{id}/rerun", { path: { id }, body: request }, options);
  }

  /** Makes a share token, with which a `PublicRanvier` can read and follow the job. */
  share(id: string, request: ShareRequest = {}, options: CallOptions = {}): Promise<NewShare> {
    return call(this.transport, "POST /v1/jobs/{id}/share", { path: { id }, body: request }, options);
  }

  /** Revokes all share tokens of the job. */
  async unshare(id: string, options: CallOptions = {}): Promise<void> {
    await call(this.transport, "DELETE /v1/jobs/{id}/share", { path: { id } }, options);
  }

  /** Erases what an ended job held. Its events stay, with digests in place of values. */
  async delete(id: string, options: CallOptions = {}): Promise<void> {
    await call(this.transport, "DELETE /v1/jobs/{id}", { path: { id } }, options);
  }
}
