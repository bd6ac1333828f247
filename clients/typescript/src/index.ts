// What users of the package see.
export { Ranvier, type RanvierOptions } from "./client.js";
export { Neurons, Pathways } from "./definitions.js";
export { JobFailedError, RanvierError, type ClientCode, type RanvierErrorFields } from "./errors.js";
export { Events, type FeedOptions } from "./events.js";
export { Interventions } from "./interventions.js";
export { Jobs, type CompletionOptions, type EventsOptions, type OutputOptions, type ResumeOptions, type SignalOptions, type StatusOptions } from "./jobs.js";
export {
  PublicIntervention, PublicJobs, PublicRanvier, PublicReceptors, type PublicOptions, type PublicStatusOptions, type PublicStreamOptions,
} from "./public.js";
export { Receptors } from "./receptors.js";
export { Secrets } from "./secrets.js";
export { Service } from "./service.js";
export { SSEParser, type ServerSentEvent } from "./sse.js";
export type { StreamOptions } from "./stream.js";
export { Tasks, type TaskLease } from "./tasks.js";
export { ApiKeys, Workspaces } from "./tenancy.js";
export { Traces } from "./traces.js";
export type { ConnectionOptions, Fetch } from "./transport.js";
export { TaskFailure, Workers, type LeaseOptions, type WorkContext, type WorkHandler, type WorkOptions } from "./workers.js";
export type * from "./types.js";
export type { components, operations, paths } from "./schema.js";
