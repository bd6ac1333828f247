// Tasks: what workers were given, one by one.
import { Collection } from "./collections.js";
import { call } from "./routes.js";
import type { Transport } from "./transport.js";
import type { CallOptions, EndedTask, ExtendedTask, Task, TaskFailureRequest, TaskProgress, TasksQuery } from "./types.js";

/** What names a task and the lease that a worker has of it: a leased task does. */
export interface TaskLease {
  task_id: string;
  lease: number;
}

export class Tasks extends Collection<Task, TasksQuery> {
  constructor(transport: Transport) {
    super(transport, "/v1/tasks", "task_id");
  }

  /** Says that the worker is alive. `LEASE_LOST` says that it shall stop. */
  heartbeat({ task_id, lease }: TaskLease, options: CallOptions = {}): Promise<ExtendedTask> {
    return call(this.transport, "POST /v1/tasks/{id}/heartbeat", { path: { id: task_id }, body: { lease }, repeatable: true }, options);
  }

  /** Says how far the work is, and that the worker is alive. */
  progress({ task_id, lease }: TaskLease, said: TaskProgress, options: CallOptions = {}): Promise<ExtendedTask> {
    return call(this.transport, "POST /v1/tasks/{id}/progress", { path: { id: task_id }, body: { ...said, lease }, repeatable: true }, options);
  }

  /** Ends the task with the output of its node. */
  complete({ task_id, lease }: TaskLease, output: unknown = null, options: CallOptions = {}): Promise<EndedTask> {
    return call(this.transport, "POST /v1/tasks/{id}/complete", { path: { id: task_id }, body: { lease, output }, repeatable: true }, options);
  }

  /** Ends the task with a failure; another attempt is made as the node's `retry` says. */
  fail({ task_id, lease }: TaskLease, failure: Omit<TaskFailureRequest, "lease">, options: CallOptions = {}): Promise<EndedTask> {
    return call(this.transport, "POST /v1/tasks/{id}/fail", { path: { id: task_id }, body: { ...failure, lease }, repeatable: true }, options);
  }
}
