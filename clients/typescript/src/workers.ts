// Workers: the queues, and a loop that leases tasks, keeps them and ends them.
import { RanvierError } from "./errors.js";
import { call } from "./routes.js";
import { Tasks } from "./tasks.js";
import { isTransient, pauseAfter, sleep, type Transport } from "./transport.js";
import type { CallOptions, LeasedTask, Queue, TaskFailureRequest, TaskProgress } from "./types.js";

export interface LeaseOptions extends CallOptions {
  /** What the worker calls itself, for people who look. */
  worker?: string;
  /** How many tasks it takes at most; 1 when absent, 100 at most. */
  limit?: number;
  /** How long to wait for the first one; at most 60. */
  waitSeconds?: number;
}

/** What a handler has beside its task. */
export interface WorkContext {
  /** Aborts when the task is not this worker's any more: the job was cancelled, or the lease ran out. */
  signal: AbortSignal;
  /** Tells people how far the work is. It rejects when the task is lost, and when what is said is refused. */
  progress(said: TaskProgress): Promise<void>;
}

/** Works on a task; what it gives is the output of the node. */
export type WorkHandler<Input = unknown> = (task: LeasedTask<Input>, context: WorkContext) => unknown;

export interface WorkOptions {
  /** Ends the worker: nothing more is leased, and tasks under way are done to their end. */
  signal?: AbortSignal;
  /** How many tasks are worked on at once; 1 when absent. */
  concurrency?: number;
  /** What the worker calls itself, for people who look. */
  worker?: string;
  /** Told of what a handler cannot know: a task that was lost or could not be ended, a server that is away. console.error when absent. */
  onError?: (error: unknown, task?: LeasedTask) => void;
}

/** What a handler throws to say more of its failure than a message. */
export class TaskFailure extends Error {
  override readonly name = "TaskFailure";
  readonly fields: Omit<TaskFailureRequest, "lease" | "message">;

  /** `retryable: false` when another attempt would fail too. */
  constructor(message: string, fields: Omit<TaskFailureRequest, "lease" | "message"> = {}) {
    super(message);
    this.fields = fields;
  }
}

/** How long one request for a task waits, in seconds. */
const waitSeconds = 30;
/** How many heartbeats fall into a lease. */
const beats = 3;

export class Workers {
  readonly #transport: Transport;
  readonly #tasks: Tasks;

  constructor(transport: Transport, tasks: Tasks) {
    this.#transport = transport;
    this.#tasks = tasks;
  }

  /** Every queue in which a task is, or for which a worker waits. */
  async queues(options: CallOptions = {}): Promise<Queue[]> {
    return (await call(this.#transport, "GET /v1/workers", {}, options)).queues;
  }

  /** Takes tasks of a queue; none when none came in time. */
  async lease<Input = unknown>(queue: string, options: LeaseOptions = {}): Promise<LeasedTask<Input>[]> {
    const { worker, limit, waitSeconds } = options;
    const answer = await call(this.#transport, "POST /v1/workers/{queue}/lease", {
      path: { queue }, body: { ...(worker !== undefined && { worker }), ...(limit !== undefined && { limit }) },
      ...(waitSeconds !== undefined && { query: { wait: `${waitSeconds}s` }, extraMs: waitSeconds * 1000 }),
    }, options);
    return answer.tasks as LeasedTask<Input>[];
  }

  /**
   * Works on the tasks of a queue until the signal ends it: leases them, keeps
   * them while the handler works, and completes them with what it gives, or
   * fails them with what it throws. It rejects when leasing is refused, as it is
   * with a wrong key.
   */
  async work<Input = unknown>(queue: string, handler: WorkHandler<Input>, options: WorkOptions = {}): Promise<void> {
    const { signal, worker, concurrency = 1, onError = (error: unknown) => console.error(error) } = options;
    const stop = new AbortController();
    const ended = () => stop.abort();
    if (signal?.aborted) return;
    signal?.addEventListener("abort", ended, { once: true });
    const loop = async () => {
      for (let failures = 0; !stop.signal.aborted; ) {
        let leased: LeasedTask<Input>[];
        try {
          leased = await this.lease<Input>(queue, { waitSeconds, signal: stop.signal, ...(worker !== undefined && { worker }) });
          failures = 0;
        } catch (error) {
          if (stop.signal.aborted) return;
          if (!isTransient(error)) throw error;
          onError(error);
          await sleep(pauseAfter(++failures, 500, error) ?? 60_000, stop.signal).catch(() => undefined);
          continue;
        }
        for (const task of leased) await this.#do(task, handler, onError);
      }
    };
    try {
      await Promise.all(Array.from({ length: concurrency }, loop));
    } finally {
      stop.abort(); // when one of them was refused
      signal?.removeEventListener("abort", ended);
    }
  }

  /** Works on one task. It never rejects: a task that cannot be ended goes to the next worker. */
  async #do<Input>(task: LeasedTask<Input>, handler: WorkHandler<Input>, onError: (error: unknown, task?: LeasedTask) => void): Promise<void> {
    const lost = new AbortController();
    // What the server says of a task that is lost ends the work on it.
    const keeping = async (keep: () => Promise<unknown>) => {
      try {
        await keep();
      } catch (error) {
        if (isTransient(error) || lost.signal.aborted) return;
        if (error instanceof RanvierError && error.status === 400) throw error;
        lost.abort(error);
      }
    };
    const beat = setInterval(() => void keeping(() => this.#tasks.heartbeat(task, { signal: lost.signal })), task.lease_ms / beats);
    const progress = async (said: TaskProgress) => {
      await keeping(() => this.#tasks.progress(task, said, { signal: lost.signal }));
      lost.signal.throwIfAborted();
    };
    try {
      let output: unknown;
      try {
        output = await handler(task, { signal: lost.signal, progress });
      } catch (error) {
        if (!lost.signal.aborted) await this.#tasks.fail(task, failureOf(error));
        lost.signal.throwIfAborted();
        return;
      }
      lost.signal.throwIfAborted();
      try {
        await this.#tasks.complete(task, output);
      } catch (error) {
        if (!(error instanceof RanvierError) || error.status !== 400) throw error;
        // It does not fit the node's output_schema, and would not the next time.
        await this.#tasks.fail(task, { code: "OUTPUT_INVALID", message: error.message });
      }
    } catch (error) {
      onError(error, task);
    } finally {
      clearInterval(beat);
    }
  }
}

function failureOf(error: unknown): Omit<TaskFailureRequest, "lease"> {
  const message = (error instanceof Error ? error.message : String(error)) || "the worker failed";
  return error instanceof TaskFailure ? { ...error.fields, message } : { message };
}
