// The client itself: its settings, and the resources of the API.
import { Neurons, Pathways } from "./definitions.js";
import { Events } from "./events.js";
import { Interventions } from "./interventions.js";
import { Jobs } from "./jobs.js";
import { Receptors } from "./receptors.js";
import { call } from "./routes.js";
import { Secrets } from "./secrets.js";
import { Service } from "./service.js";
import { Tasks } from "./tasks.js";
import { ApiKeys, Workspaces } from "./tenancy.js";
import { Traces } from "./traces.js";
import { connect, type ConnectionOptions, type Transport } from "./transport.js";
import type { CallOptions, Session } from "./types.js";
import { Workers } from "./workers.js";

export interface RanvierOptions extends ConnectionOptions {
  apiKey: string;
}

/** A client of the Ranvier Jobs API. It holds no connections, so it needs no closing. */
export class Ranvier {
  readonly jobs: Jobs;
  /** The feed of all jobs. */
  readonly events: Events;
  readonly pathways: Pathways;
  readonly neurons: Neurons;
  readonly receptors: Receptors;
  readonly interventions: Interventions;
  /** What workers were given. */
  readonly tasks: Tasks;
  /** Queues of tasks, and a loop that works on them. */
  readonly workers: Workers;
  readonly traces: Traces;
  readonly workspaces: Workspaces;
  readonly apiKeys: ApiKeys;
  /** Values by name, for the calls that steps make. */
  readonly secrets: Secrets;
  /** The server itself. */
  readonly service: Service;
  readonly #transport: Transport;

  constructor(options: RanvierOptions) {
    if (options.apiKey === "") throw new TypeError("apiKey must not be empty");
    const transport = connect(options, options.apiKey);
    this.#transport = transport;
    this.jobs = new Jobs(transport);
    this.events = new Events(transport);
    this.pathways = new Pathways(transport);
    this.neurons = new Neurons(transport);
    this.receptors = new Receptors(transport);
    this.interventions = new Interventions(transport);
    this.tasks = new Tasks(transport);
    this.workers = new Workers(transport, this.tasks);
    this.traces = new Traces(transport);
    this.workspaces = new Workspaces(transport);
    this.apiKeys = new ApiKeys(transport);
    this.secrets = new Secrets(transport);
    this.service = new Service(transport);
  }

  /** The workspace and role of the key. */
  session(options: CallOptions = {}): Promise<Session> {
    return call(this.#transport, "GET /v1/session/context", {}, options);
  }
}
