// What users of the package see.
export { Ranvier, type RanvierOptions } from "./client.js";
export { Neurons, Pathways } from "./definitions.js";
export { JobFailedError, RanvierError, type ClientCode, type RanvierErrorFields } from "./errors.js";
export { Interventions } from "./interventions.js";
export { Jobs, type CompletionOptions, type EventsOptions, type StatusOptions } from "./jobs.js";
export { SSEParser, type ServerSentEvent } from "./sse.js";
export type { StreamOptions } from "./stream.js";
export type { Fetch } from "./transport.js";
export type * from "./types.js";
export type { components, operations, paths } from "./schema.js";
