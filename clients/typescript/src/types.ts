// The API's words, by the names that users of this client know them by.
import type { components, operations } from "./schema.js";

type Schemas = components["schemas"];
type Query<Operation extends keyof operations> = NonNullable<operations[Operation]["parameters"]["query"]>;
type Body<R> = R extends { content: { "application/json": infer T } } ? T : never;

export type Status = Schemas["Status"];
/** A job's status. The caller says of which type the result is. */
export type Job<Result = unknown> = Omit<Schemas["Job"], "result"> & { result: Result | null };
export type Step = Schemas["Step"];
export type Question = Schemas["Question"];
export type Intervention = Schemas["Intervention"];
/** An intervention with its job. */
export type InterventionOfJob = Schemas["InterventionOfJob"];
export type InterventionSummary = Schemas["InterventionSummary"];
export type Explanation = Schemas["Explanation"];
/** An event of a job's audit log. */
export type JobEvent = Schemas["Event"];
export type EventType = Schemas["EventType"];
/** What a stream gives. There may be more types and fields than are named here. */
export type Frame = Schemas["Frame"];
export type Graph = Schemas["Graph"];
export type Pathway = Schemas["Pathway"];
export type Neuron = Schemas["Neuron"];
export type Problem = Schemas["Problem"];
export type ErrorCode = Schemas["Error"]["code"];
export type Session = Schemas["Session"];

/** What to run: one of `pathway_id` and `pathway`, and how. */
export type StartRequest = Schemas["StartRequest"];
/** How to run a stored pathway. */
export type ExecuteRequest = Schemas["RunOptions"];
/** How to run a neuron. To follow it, stream the job. */
export type InvokeRequest = Omit<Schemas["InvokeRequest"], "stream">;
export type PathwayBody = Body<components["requestBodies"]["Pathway"]>;
export type NeuronBody = Body<components["requestBodies"]["Neuron"]>;

/** From where to run an ended job again, and with which input. */
export interface RerunRequest {
  from_node?: string;
  input?: unknown;
}

/** An answer to a question. */
export type Answer = Omit<Schemas["Answer"], "type" | "interventionId">;

/** The answer to a start. */
export interface Started<Result = unknown> {
  job_id: string;
  status: Status;
  /** Where the job's stream begins. */
  cursor: string;
  /** An earlier request with the same Idempotency-Key has started this job. */
  replayed: boolean;
  /** The status, when `waitSeconds` was given and the job ended or asked something in time. */
  job: Job<Result> | undefined;
}

/** Filters of `jobs.list`. */
export type JobsQuery = Omit<Query<"listJobs">, "limit" | "offset"> & Paging & {
  /** Labels that all must fit. */
  labels?: Record<string, string>;
};
/** Filters and order of `pathways.list` and `neurons.list`. */
export type DefinitionsQuery = Omit<Query<"listPathways">, "limit" | "offset"> & Paging;

/** Filters of `interventions.list`. */
export type InterventionsQuery = Omit<Query<"listInterventions">, "limit" | "offset" | "summary"> & Paging;

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
