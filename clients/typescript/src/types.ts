// The API's words, by the names that users of this client know them by.
import type { Body, QueryOf, Result } from "./routes.js";
import type { components } from "./schema.js";

type Schemas = components["schemas"];
type Filters<Query> = Omit<Query, "limit" | "offset" | "after">;

export type Status = Schemas["Status"];
/**
 * A job's status. The caller says of which type the result is. A large one is
 * null here, with `result_url` and how it begins; `jobs.getResult` reads it.
 */
export type Job<Result = unknown> = Omit<Schemas["Job"], "result"> & { result: Result | null };
export type Step = Schemas["Step"];
export type Question = Schemas["Question"];
export type Intervention = Schemas["Intervention"];
/** An intervention with its job. */
export type InterventionOfJob = Schemas["InterventionOfJob"];
export type InterventionSummary = Schemas["InterventionSummary"];
export type Explanation = Schemas["Explanation"];
/** A queue of tasks for workers. */
export type Queue = Schemas["Queue"];
/** A task that is not over, with its job. */
export type Task = Result<"GET /v1/tasks">["tasks"][number];
/** A task as the worker that has it gets it. The caller says of which type the input is. */
export type LeasedTask<Input = unknown> = Omit<Schemas["LeasedTask"], "input"> & { input: Input };
/** Until when a worker has its task. */
export type ExtendedTask = Result<"POST /v1/tasks/{id}/heartbeat">;
/** A task that a worker has ended. */
export type EndedTask = Result<"POST /v1/tasks/{id}/complete">;
/** How far the work on a task is; one of them is needed. */
export type TaskProgress = Pick<Body<"POST /v1/tasks/{id}/progress">, "percent" | "message" | "data">;
export type TaskFailureRequest = Body<"POST /v1/tasks/{id}/fail">;
/** An event of a job's audit log. */
export type JobEvent = Schemas["Event"];
export type EventType = Schemas["EventType"];
/** What a stream gives. There may be more types and fields than are named here. */
export type Frame = Omit<Schemas["Frame"], "ended" | "calls"> & {
  /** Further steps that ended with an output. */
  ended?: StepOutput[];
  /** Of `reflex_call`: further calls of the same step. */
  calls?: ReflexCall[];
};
/** The output with which a step ended. A large one is read by `jobs.getStepOutput`. */
export type StepOutput = Required<Pick<Schemas["Frame"], "node_id" | "visit" | "attempt">>
  & Pick<Schemas["Frame"], "output" | "output_preview" | "output_bytes" | "output_url">;
/**
 * A model's call of a tool: `arguments` when it asks for it, later the `result`
 * or the `error`. A large result is read by `jobs.events`, in `reflex.answered`.
 */
export type ReflexCall = Required<Pick<Schemas["Frame"], "call_id">>
  & Pick<Schemas["Frame"], "name" | "arguments" | "result" | "result_preview" | "result_bytes" | "result_url" | "error">;
export type Graph = Schemas["Graph"];
export type Pathway = Schemas["Pathway"];
export type Neuron = Schemas["Neuron"];
export type Problem = Schemas["Problem"];
export type ErrorCode = Schemas["Error"]["code"];
export type Session = Schemas["Session"];
/** What starts jobs by a request, a webhook or a schedule. */
export type Receptor = Schemas["Receptor"];
export type Workspace = Schemas["Workspace"];
/** A workspace with its limits and what it uses. */
export type WorkspaceDetail = Schemas["WorkspaceDetail"];
/** A workspace and its first admin key. */
export type NewWorkspace = Schemas["NewWorkspace"];
/** What may be known of a secret. */
export type Secret = Schemas["Secret"];
export type Role = Schemas["Role"];
export type ApiKey = Schemas["ApiKey"];
/** A key with its text. */
export type NewApiKey = Schemas["NewApiKey"];
/** A conversation. */
export type Trace = Schemas["Trace"];
export type TraceWithJobs = Result<"GET /v1/traces/{id}">;
/** What was said in a trace. */
export type Message = Result<"GET /v1/traces/{id}/messages">["messages"][number];
export type Readiness = Schemas["Readiness"];
/** A share token with its text, and what it opens. */
export type NewShare = Schemas["NewShare"];
/** A share token without its text. */
export type Share = Schemas["Share"];
/** A job's status as whoever has a share token sees it. */
export type PublicJob<Result = unknown> = Omit<Schemas["PublicJob"], "result"> & { result: Result | null };
export type PublicReceptor = Schemas["PublicReceptor"];
export type PublicQuestion = Schemas["PublicQuestion"];

/** What to run: one of `pathway_id` and `pathway`, and how. */
export type StartRequest = Schemas["StartRequest"];
/** How to run a stored pathway. */
export type ExecuteRequest = Schemas["RunOptions"];
/** How to run a neuron. To follow it, stream the job. */
export type InvokeRequest = Omit<Schemas["InvokeRequest"], "stream">;
export type PathwayBody = Body<"POST /v1/pathways">;
export type NeuronBody = Body<"POST /v1/neurons">;
export type ReceptorBody = Body<"POST /v1/receptors">;
export type ReceptorPatch = Body<"PATCH /v1/receptors/{id}">;
export type WorkspaceRequest = Body<"POST /v1/workspaces">;
export type WorkspacePatch = Body<"PATCH /v1/workspaces/{id}">;
export type ApiKeyRequest = Body<"POST /v1/api-keys">;

/** From where to run an ended job again, and with which input. */
export type RerunRequest = Body<"POST /v1/jobs/{id}/rerun">;

/** For how long a share token opens something. */
export type ShareRequest = Body<"POST /v1/jobs/{id}/share">;
/** In whose name a question is answered, and for how long. */
export type DeliveryRequest = Body<"POST /v1/interventions/{id}/share">;
/** How to start what a shared receptor starts. */
export type PublicStartRequest = Omit<Body<"POST /v1/public/receptors/by-id/{id}/execute">, "share_token">;

/** An answer to a question. */
export type Answer = Omit<Schemas["Answer"], "type" | "interventionId">;

/** The answer to a signal. */
export type Signalled = Schemas["Signalled"] & {
  /** An earlier request with the same Idempotency-Key has given this signal. */
  replayed: boolean;
};

/** The answer to a start. */
export interface Started<Result = unknown, J = Job<Result>> {
  job_id: string;
  status: Status;
  /** Where the job's stream begins. */
  cursor: string;
  /** An earlier request with the same Idempotency-Key has started this job. */
  replayed: boolean;
  /** The status, when `waitSeconds` was given and the job ended or asked something in time. */
  job: J | undefined;
}

/** Filters of `jobs.list`. */
export type JobsQuery = Filters<QueryOf<"GET /v1/jobs">> & Labelled & Paging;
/** Filters of `events.stream`. */
export type FeedFilters = Filters<QueryOf<"GET /v1/events/stream">> & Labelled;
/** Filters and order of `pathways.list`, `neurons.list` and `receptors.list`. */
export type DefinitionsQuery = Filters<QueryOf<"GET /v1/pathways">> & Paging;

/** Filters of `interventions.list`. */
export type InterventionsQuery = Omit<Filters<QueryOf<"GET /v1/interventions">>, "summary"> & Paging;

/** Filters of `tasks.list`. */
export type TasksQuery = Filters<QueryOf<"GET /v1/tasks">> & Paging;

interface Labelled {
  /** Labels that all must fit. */
  labels?: Record<string, string>;
}

/** The part of a list that is asked for. */
export interface Paging {
  /** At most 200; 20 when absent. */
  limit?: number;
  offset?: number;
}

/** One page of a list. */
export interface Page<Item> {
  items: Item[];
  /** How many there are on all pages. */
  total: number;
  limit: number;
  offset: number;
}

/** What every call takes. */
export interface CallOptions {
  /** Ends the call: it then rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** What every start takes. */
export interface StartOptions extends CallOptions {
  /**
   * Names the job: the same key starts it once, however often it is sent. A
   * random one is made when absent, so that retries of this call are safe.
   */
  idempotencyKey?: string;
  /** Holds the answer until the job has ended or asks something; at most 60. */
  waitSeconds?: number;
}
