// Made from httpapi/openapi.yaml by "npm run generate". Do not edit.

export interface paths {
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the process lives */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whether the server can do its work
         * @description Ready means that commits can be stored and the views hold all that is durable.
         */
        get: operations["getReady"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What the server counts, for Prometheus
         * @description The text format of Prometheus: requests by route and code, open streams, the time of appends, jobs, the log's health,
         *     and how far the views are behind. It is about the whole instance. With the setting `metrics_public` no key is
         *     needed. Least role: viewer.
         */
        get: operations["getMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/openapi.yaml": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This document */
        get: operations["getOpenAPI"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/session/context": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The workspace and role of the key
         * @description Least role: viewer.
         */
        get: operations["getSession"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workspaces": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List workspaces
         * @description The instance's own admin key sees all of them, every other key its own. Newest first. Least role: viewer.
         */
        get: operations["listWorkspaces"];
        put?: never;
        /**
         * Make a workspace
         * @description Only the instance's own admin key may. The workspace and its first admin key, which does not expire, are made
         *     together; the text of the key is shown in this answer only. A slug that was ever used is a 409. Least role: admin.
         */
        post: operations["createWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/api-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List API keys
         * @description Those of the key's workspace that are not revoked, expired ones too, newest first. Least role: viewer.
         */
        get: operations["listKeys"];
        put?: never;
        /**
         * Make an API key
         * @description The text of the key is shown in this answer only: the server keeps its hash. Least role: admin.
         */
        post: operations["createKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/api-keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The key's id, not its text. */
                id: components["schemas"]["Id"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Revoke an API key
         * @description Its next request is refused, and its open streams and waiting answers end within 5 seconds. The instance's own
         *     key, and the last admin key of a workspace that does not expire, are kept: 409 `CONFLICT`. Least role: admin.
         */
        delete: operations["revokeKey"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List jobs, newest first
         * @description All filters given must fit. A filter on a label is a parameter `label.<name>`, such as `label.team=docs`.
         *     Least role: viewer.
         */
        get: operations["listJobs"];
        put?: never;
        /**
         * Start a job
         * @description Exactly one of `pathway_id` and `pathway` is needed. The answer is sent when the job is durable.
         *     Least role: operator.
         */
        post: operations["startJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The job's id. */
                id: components["parameters"]["JobId"];
            };
            cookie?: never;
        };
        /**
         * The status of a job
         * @description The same as `/v1/jobs/{id}/status`. Least role: viewer.
         */
        get: operations["getJob"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{id}/status": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The job's id. */
                id: components["parameters"]["JobId"];
            };
            cookie?: never;
        };
        /**
         * The status of a job
         * @description With `at` the status as it was then. With `Prefer: wait=N` the answer is held until the job has ended or needs a
         *     human, at most N seconds. Least role: viewer.
         */
        get: operations["getJobStatus"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The job's id. */
                id: components["parameters"]["JobId"];
            };
            cookie?: never;
        };
        /**
         * The audit log of a job
         * @description The job's events, oldest first, without token chunks. The events of one commit share a cursor and are never
         *     split over two pages, so a page with one large commit can be longer than `limit`.
         *
         *     `hash` is the SHA-256 of the bytes of `prev_hash` followed by the RFC 8785 form of
         *     `{actor, at, data, n, subject, type}`, where `subject` is `jobs.<workspace_id>.<job_id>` and each payload in `data`
         *     is reduced to `{"sha256"}`. Least role: viewer.
         */
        get: operations["listJobEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{id}/explain": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The job's id. */
                id: components["parameters"]["JobId"];
            };
            cookie?: never;
        };
        /**
         * Why a job is where it is
         * @description What the job waits for, since which cursor, and which time, limit or retry holds it; for a job that has ended,
         *     how and by whom. Read from the job's own history, the most telling reason first. Least role: viewer.
         */
        get: operations["explainJob"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{id}/stream": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The job's id. */
                id: components["parameters"]["JobId"];
            };
            cookie?: never;
        };
        /**
         * Follow a job
         * @description Server-sent events: the history after the given place, then what comes, with no gap and no repeat. Each frame has
         *     its cursor as `id` and a Frame as `data`. The stream ends after the frame `complete` or `error`. A client that
         *     does not read is cut off; its last id resumes it. Unknown parameters are ignored. Least role: viewer.
         */
        get: operations["streamJob"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The job's id. */
                id: components["parameters"]["JobId"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End a job now
         * @description The job is failed at once, with a `failedReason` that starts with `cancelled`. Running steps are told to stop.
         *     400 `JOB_FINISHED` when it has ended already. Least role: operator.
         */
        post: operations["cancelJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{id}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The job's id. */
                id: components["parameters"]["JobId"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Start no new steps
         * @description Running steps finish; answers are still taken. 409 unless the job is pending, running or waiting.
         *     Least role: operator.
         */
        post: operations["pauseJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{id}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The job's id. */
                id: components["parameters"]["JobId"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Let a job go on
         * @description A paused job goes on. A waiting one goes on when its question has a default action or `input` answers it.
         *     409 `JOB_NOT_RESUMABLE` otherwise. Least role: operator.
         */
        post: operations["resumeJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{id}/input": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The job's id. */
                id: components["parameters"]["JobId"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Answer a job's question
         * @description The job goes on by itself. 400 for a wrong intervention, action or fields: the job is left as it was.
         *     409 `ALREADY_ANSWERED` for a second answer, `JOB_NOT_WAITING` when nothing is asked. Least role: operator.
         */
        post: operations["answerJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{id}/rerun": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The job's id. */
                id: components["parameters"]["JobId"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run an ended job again
         * @description Starts a new job with the same pinned graph; its `rerun_of` names the old one. It takes over the labels, the
         *     trace, the timeout, the priority and the concurrency key, and without `input` also the input.
         *
         *     With `from_node` it takes over how every node ended that is not reachable from that node, as events of type
         *     `node.reused` and `node.skipped`: these nodes are not run, and their outputs are those of the old job, also when
         *     `input` is another. Of them the ones that did not end, or whose failure ended the old job, are run.
         *     400 for an unknown `from_node`; 409 when it was skipped, or when the old job has not ended.
         *     Least role: operator.
         */
        post: operations["rerunJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/interventions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List interventions, newest first
         * @description All filters given must fit. With `summary=1` the answer counts instead, and `limit` and `offset` are refused:
         *     `byStatus` has the number in each status, whatever the filter on the status; `grouped` has the number of those
         *     that fit all filters for each node of each pathway, the largest first. Without `status` these are the pending
         *     ones: what is asked now, and where. Least role: viewer.
         */
        get: operations["listInterventions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/interventions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The intervention's id, `interventionId` in a job's status. */
                id: components["parameters"]["InterventionId"];
            };
            cookie?: never;
        };
        /**
         * Read an intervention
         * @description Least role: viewer.
         */
        get: operations["getIntervention"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/interventions/{id}/respond": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The intervention's id, `interventionId` in a job's status. */
                id: components["parameters"]["InterventionId"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Answer an intervention
         * @description The same rule as for an answer given to the job: the responder is the key, and each responder answers once,
         *     whatever the route. The job goes on by itself. 400 for a wrong action or fields: the job is left as it was.
         *     409 `ALREADY_ANSWERED` for a second answer, `JOB_NOT_WAITING` when it has expired or was cancelled.
         *     Least role: operator.
         */
        post: operations["respondToIntervention"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/pathways/validate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Check a graph without storing it
         * @description Answers 200 for a bad graph too. Least role: viewer.
         */
        post: operations["validatePathway"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/pathways": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List pathways
         * @description Least role: viewer.
         */
        get: operations["listPathways"];
        put?: never;
        /**
         * Store a pathway
         * @description The graph is checked whole. Least role: admin.
         */
        post: operations["createPathway"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/pathways/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug. */
                id: components["parameters"]["DefinitionId"];
            };
            cookie?: never;
        };
        /**
         * Read a pathway
         * @description Least role: viewer.
         */
        get: operations["getPathway"];
        /**
         * Give a pathway a new version
         * @description The body replaces all fields but the slug, which stays when it is absent. Jobs keep the version they started
         *     with. Least role: admin.
         */
        put: operations["replacePathway"];
        post?: never;
        /**
         * Delete a pathway
         * @description Jobs that run it go on. Least role: admin.
         */
        delete: operations["deletePathway"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/pathways/{id}/execute": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug. */
                id: components["parameters"]["DefinitionId"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Start a job of a stored pathway
         * @description Least role: operator.
         */
        post: operations["executePathway"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/pathways/{id}/versions": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug. */
                id: components["parameters"]["DefinitionId"];
            };
            cookie?: never;
        };
        /**
         * List the versions of a pathway
         * @description Newest first. The versions of a deleted pathway are gone. Least role: viewer.
         */
        get: operations["listPathwayVersions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/pathways/{id}/versions/{n}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug. */
                id: components["parameters"]["DefinitionId"];
                /** @description The version's number, from 1. */
                n: components["parameters"]["Version"];
            };
            cookie?: never;
        };
        /**
         * Read a version of a pathway
         * @description `updated_at` is when the version was stored. An unknown version is 404. Least role: viewer.
         */
        get: operations["getPathwayVersion"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/pathways/{id}/versions/{n}/promote": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug. */
                id: components["parameters"]["DefinitionId"];
                /** @description The version's number, from 1. */
                n: components["parameters"]["Version"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Store an old version again, as the newest
         * @description All fields become those of the version, `is_active` too, but the slug, which stays. It is checked as it was when
         *     it was stored; when it can no longer be used that is 409 `CONFLICT`. Least role: admin.
         */
        post: operations["promotePathway"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/neurons": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List neurons
         * @description Least role: viewer.
         */
        get: operations["listNeurons"];
        put?: never;
        /**
         * Store a neuron
         * @description The config is read strictly by its kind. Least role: admin.
         */
        post: operations["createNeuron"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/neurons/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug. */
                id: components["parameters"]["DefinitionId"];
            };
            cookie?: never;
        };
        /**
         * Read a neuron
         * @description Least role: viewer.
         */
        get: operations["getNeuron"];
        /**
         * Give a neuron a new version
         * @description The body replaces all fields but the slug, which stays when it is absent. Least role: admin.
         */
        put: operations["replaceNeuron"];
        post?: never;
        /**
         * Delete a neuron
         * @description Jobs that have pinned it go on. Least role: admin.
         */
        delete: operations["deleteNeuron"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/neurons/{id}/invoke": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug. */
                id: components["parameters"]["DefinitionId"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Start a job of one neuron
         * @description Exactly one of `input`, `data` and `message` is needed. With `trace_id` the earlier turns of that trace are a
         *     model's history: of the newest 200 completed jobs of the trace those that are invocations of neurons, whatever
         *     neuron it was, and of these the newest 50 that together have at most 128 KiB of text. With `"stream": true` and `Accept: text/event-stream` the answer is the job's stream.
         *     Least role: operator.
         */
        post: operations["invokeNeuron"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/neurons/{id}/versions": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug. */
                id: components["parameters"]["DefinitionId"];
            };
            cookie?: never;
        };
        /**
         * List the versions of a neuron
         * @description Newest first. The versions of a deleted neuron are gone. Least role: viewer.
         */
        get: operations["listNeuronVersions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/neurons/{id}/versions/{n}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug. */
                id: components["parameters"]["DefinitionId"];
                /** @description The version's number, from 1. */
                n: components["parameters"]["Version"];
            };
            cookie?: never;
        };
        /**
         * Read a version of a neuron
         * @description `updated_at` is when the version was stored. An unknown version is 404. Least role: viewer.
         */
        get: operations["getNeuronVersion"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/neurons/{id}/versions/{n}/promote": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug. */
                id: components["parameters"]["DefinitionId"];
                /** @description The version's number, from 1. */
                n: components["parameters"]["Version"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Store an old version again, as the newest
         * @description All fields become those of the version, `is_active` too, but the slug, which stays. It is checked as it was when
         *     it was stored; when it can no longer be used that is 409 `CONFLICT`. Least role: admin.
         */
        post: operations["promoteNeuron"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/traces": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List traces
         * @description The one with the newest job first. Least role: viewer.
         */
        get: operations["listTraces"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/traces/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The trace's id as it was given at the start of a job, percent-encoded. */
                id: components["parameters"]["TraceId"];
            };
            cookie?: never;
        };
        /**
         * Read a trace with its jobs
         * @description The jobs are paged, newest first. A trace of which there is no job is 404. Least role: viewer.
         */
        get: operations["getTrace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/traces/{id}/messages": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The trace's id as it was given at the start of a job, percent-encoded. */
                id: components["parameters"]["TraceId"];
            };
            cookie?: never;
        };
        /**
         * Read what was said in a trace
         * @description The conversation, oldest first: of each job that is an invocation of a neuron the input as the user's message
         *     and, once the job has completed, the output as the assistant's. A message is the text of the data where it has
         *     one (`message` of an input, `text` of an output, or a string), else its JSON; erased data is empty text.
         *     Least role: viewer.
         */
        get: operations["listMessages"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/chat/{traceId}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                traceId: string;
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Gone
         * @description Use `POST /v1/neurons/{id}/invoke` with `trace_id`, `stream` and `client_nonce`. Least role: viewer.
         */
        post: operations["postChat"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Id: string;
        /**
         * @description A place in the log; opaque.
         * @example 12345-0
         */
        Cursor: string;
        Hash: string;
        /** Format: date-time */
        Time: string;
        /** Format: date-time */
        TimeOrNull: string | null;
        StringOrNull: string | null;
        /** @description How many there are on all pages. */
        Total: number;
        Name: string;
        /** @description Made from the name when absent. */
        OptionalSlug: string | null;
        /** @description The key's own workspace; another one is 403. */
        OwnWorkspace: string | null;
        /**
         * @example 90s
         * @example 24h
         */
        Duration: string | null;
        Any: unknown;
        /** @enum {unknown} */
        Status: "pending" | "running" | "waiting" | "paused" | "completed" | "failed";
        Problem: {
            /** @description JSON pointer; for a query parameter its name after a slash. */
            path: string;
            message: string;
        };
        Error: {
            /** @description What was wrong and what to do. */
            message: string;
            /** @enum {unknown} */
            code: "VALIDATION_ERROR" | "JOB_FINISHED" | "AUTH_REQUIRED" | "FORBIDDEN" | "NOT_FOUND" | "METHOD_NOT_ALLOWED" | "NOT_ACCEPTABLE" | "CONFLICT" | "JOB_NOT_WAITING" | "JOB_NOT_RESUMABLE" | "ALREADY_ANSWERED" | "IDEMPOTENCY_MISMATCH" | "GONE" | "PAYLOAD_TOO_LARGE" | "UNSUPPORTED_MEDIA_TYPE" | "RATE_LIMIT" | "INTERNAL_SERVER_ERROR" | "UNAVAILABLE";
            details: components["schemas"]["Problem"][];
            request_id: string;
            /** @description Seconds; of `RATE_LIMIT`. */
            retryAfter?: number;
        };
        Workspace: {
            id: components["schemas"]["Id"];
            slug: components["schemas"]["Id"];
            name: string;
            created_at: components["schemas"]["Time"];
        };
        NewWorkspace: {
            id: components["schemas"]["Id"];
            slug: components["schemas"]["Id"];
            name: string;
            created_at: components["schemas"]["Time"];
            api_key: components["schemas"]["NewApiKey"];
        };
        WorkspaceRequest: {
            workspace_id?: components["schemas"]["OwnWorkspace"];
            name: components["schemas"]["Name"];
            /** @description The workspace's id for ever. `by-id` is reserved. */
            slug: string;
        };
        /**
         * @description `viewer` reads; `operator` also runs, controls and answers; `admin` also changes definitions, keys and shares.
         * @enum {unknown}
         */
        Role: "viewer" | "operator" | "admin";
        ApiKey: {
            id: components["schemas"]["Id"];
            workspace_id: components["schemas"]["Id"];
            name: string;
            role: components["schemas"]["Role"];
            /** @description How its text begins; empty for a key whose text was not made here. */
            prefix: string;
            /** @description It may also make workspaces. */
            instance: boolean;
            created_at: components["schemas"]["Time"];
            expires_at: components["schemas"]["TimeOrNull"];
            /**
             * Format: date-time
             * @description To the minute, as this server process saw it since it began; null when it saw none.
             */
            last_used_at: string | null;
        };
        NewApiKey: {
            id: components["schemas"]["Id"];
            workspace_id: components["schemas"]["Id"];
            name: string;
            role: components["schemas"]["Role"];
            prefix: string;
            instance: boolean;
            created_at: components["schemas"]["Time"];
            expires_at: components["schemas"]["TimeOrNull"];
            last_used_at: components["schemas"]["TimeOrNull"];
            /** @description The text; shown once. */
            key: string;
        };
        ApiKeyRequest: {
            workspace_id?: components["schemas"]["OwnWorkspace"];
            name: components["schemas"]["Name"];
            role: components["schemas"]["Role"];
            expires_in?: components["schemas"]["Duration"];
        };
        Readiness: {
            /** @enum {unknown} */
            status: "ready" | "not_ready";
            checks: {
                name: string;
                ready: boolean;
                reason?: string;
            }[];
        };
        Session: {
            workspace_id: components["schemas"]["Id"];
            /** @description Of the server. */
            version: string;
            key: {
                id: components["schemas"]["Id"];
                name: string;
                /** @enum {unknown} */
                role: "viewer" | "operator" | "admin";
                /** @description May also make workspaces. */
                instance: boolean;
                created_at: components["schemas"]["Time"];
                expires_at: components["schemas"]["TimeOrNull"];
            };
        };
        /** @description Nodes, edges between them, and the output of the whole. */
        Graph: {
            nodes: ({
                id: string;
                type: string;
            } & {
                [key: string]: unknown;
            })[];
            edges?: {
                from: string;
                to: string;
                /** @description A CEL expression. */
                when?: string;
                /** @description Makes a loop finite. */
                max_visits?: number;
            }[];
            /** @description Any JSON; text may hold {{ expressions }}. */
            output?: components["schemas"]["Any"];
        };
        RunOptions: {
            workspace_id?: components["schemas"]["OwnWorkspace"];
            /** @description Any JSON. */
            input?: components["schemas"]["Any"];
            /** @description Another name of `input`; give one. */
            data?: components["schemas"]["Any"];
            /** @description The conversation this job is a turn of. */
            trace_id?: string | null;
            labels?: {
                [key: string]: string;
            } | null;
            /**
             * Format: date-time
             * @description Not before; in the past it starts at once.
             */
            run_at?: string | null;
            /** @description Another way to say `run_at`; give one. */
            delay?: components["schemas"]["Duration"];
            /** @description From the job's start to its end. */
            timeout?: components["schemas"]["Duration"];
            /** @default 0 */
            priority?: number | null;
            concurrency_key?: string | null;
        };
        StartRequest: {
            /** @description The id or slug of a stored pathway. */
            pathway_id?: string | null;
            pathway?: components["schemas"]["Graph"] | null;
        } & components["schemas"]["RunOptions"];
        InvokeRequest: {
            /** @description Short for the input `{"message": ...}`. */
            message?: string | null;
            /** @default false */
            stream?: boolean | null;
            /** @description The same nonce in a trace names the same job. In place of an Idempotency-Key. */
            client_nonce?: string | null;
            neuron_task_options?: {
                /** @description Kept as the label `trace_type`. */
                trace_type?: string | null;
            } | null;
        } & components["schemas"]["RunOptions"];
        Started: {
            job_id: components["schemas"]["Id"];
            /** @constant */
            status: "pending";
            cursor: components["schemas"]["Cursor"];
        };
        Answer: {
            /** @constant */
            type: "intervention_response";
            interventionId: string;
            action: string;
            comment?: string | null;
            /** @description What the question's `fields` schema asks for. */
            fields?: Record<string, unknown> | null;
        };
        Question: {
            /** @constant */
            type: "intervention";
            interventionId: string;
            node_id: string;
            prompt: string;
            actions: string[];
            /** @description JSON Schema of the answer's fields, or null. */
            fields: components["schemas"]["Any"];
            /** @description Distinct responders that must agree. */
            required: number;
            expires_at: components["schemas"]["TimeOrNull"];
        };
        Intervention: {
            status: components["schemas"]["InterventionStatus"];
            created_at: components["schemas"]["Time"];
            /** @description The action that a resume without input takes. */
            default?: string;
            on_expire?: string;
            responses: {
                responder: string;
                action: string;
                comment?: string;
                fields?: Record<string, unknown>;
                at: components["schemas"]["Time"];
            }[];
        } & components["schemas"]["Question"];
        /** @enum {unknown} */
        InterventionStatus: "pending" | "approved" | "rejected" | "answered" | "expired" | "cancelled";
        /** @description An intervention with its job. */
        InterventionOfJob: {
            job_id: components["schemas"]["Id"];
            workspace_id: components["schemas"]["Id"];
            pathway_id: components["schemas"]["StringOrNull"];
            trace_id: components["schemas"]["StringOrNull"];
        } & components["schemas"]["Intervention"];
        InterventionList: {
            interventions: components["schemas"]["InterventionOfJob"][];
            total: components["schemas"]["Total"];
            limit: number;
            offset: number;
        };
        InterventionSummary: {
            byStatus: {
                pending: number;
                approved: number;
                rejected: number;
                answered: number;
                expired: number;
                cancelled: number;
            };
            grouped: {
                /** @description Null for inline graphs. */
                pathway_id: components["schemas"]["StringOrNull"];
                node_id: string;
                count: number;
            }[];
        };
        JobError: {
            code: string;
            message: string;
            node_id: components["schemas"]["StringOrNull"];
        };
        Step: {
            node_id: string;
            type: string;
            /** @enum {unknown} */
            status: "pending" | "running" | "retrying" | "waiting" | "succeeded" | "failed" | "skipped" | "cancelled";
            visits: number;
            /** @description Of the current visit. */
            attempts: number;
            started_at: components["schemas"]["TimeOrNull"];
            finished_at: components["schemas"]["TimeOrNull"];
            error: components["schemas"]["JobError"] | null;
            /** @description Taken over from the job that this one reruns, without a visit. */
            reused?: boolean;
        };
        Job: {
            job_id: components["schemas"]["Id"];
            workspace_id: components["schemas"]["Id"];
            status: components["schemas"]["Status"];
            /** @description Never falling. */
            progress: number;
            current_step: components["schemas"]["StringOrNull"];
            failedReason: components["schemas"]["StringOrNull"];
            /** @description Any JSON when completed, else null. */
            result: components["schemas"]["Any"];
            /** @description The oldest open question while the job waits. */
            waitingFor: components["schemas"]["Question"] | null;
            created_at: components["schemas"]["Time"];
            processed_at: components["schemas"]["TimeOrNull"];
            finished_at: components["schemas"]["TimeOrNull"];
            /** @description The last event folded in; the ETag. */
            cursor: components["schemas"]["Cursor"];
            pathway_id: components["schemas"]["StringOrNull"];
            pathway_version?: number;
            neuron_id: components["schemas"]["StringOrNull"];
            receptor_id: components["schemas"]["StringOrNull"];
            trace_id: components["schemas"]["StringOrNull"];
            rerun_of: components["schemas"]["StringOrNull"];
            labels: {
                [key: string]: string;
            };
            priority?: number;
            run_at?: components["schemas"]["Time"];
            error: components["schemas"]["JobError"] | null;
            steps: components["schemas"]["Step"][];
            interventions: components["schemas"]["Intervention"][];
            usage: {
                input_tokens: number;
                output_tokens: number;
                cost_usd: number;
                model_calls: number;
                tool_calls: number;
            };
            /** @description Of the graph; what progress is measured against. */
            nodes?: number;
        };
        Explanation: {
            job_id: components["schemas"]["Id"];
            status: components["schemas"]["Status"];
            /** @description The last event that was looked at. */
            cursor: components["schemas"]["Cursor"];
            /** @description One line. */
            summary: string;
            /** @description Empty only for a job that is just about to go on. */
            reasons: {
                /**
                 * @description `paused`: an operator paused it. `run_at`: its time has not come. `running`: a step is at work.
                 *     `retry`: a step failed and is tried again later. `delay`: a step waits for a time. `room`: it could
                 *     go on, and all workers are busy. `intervention`: a human is asked. `deadline`: when its timeout
                 *     will fail it. `completed`, `failed`, `cancelled`: it has ended.
                 * @enum {unknown}
                 */
                kind: "paused" | "run_at" | "running" | "retry" | "delay" | "room" | "intervention" | "deadline" | "completed" | "failed" | "cancelled";
                node_id: components["schemas"]["StringOrNull"];
                /** @description Of the node. */
                attempt?: number;
                /** @description The commit that made it so. */
                since: components["schemas"]["Cursor"];
                /** @description When it ends by itself. */
                until: components["schemas"]["TimeOrNull"];
                interventionId: components["schemas"]["StringOrNull"];
                /** @description Who paused or ended it. */
                by?: {
                    id: string;
                    /**
                     * @example key
                     * @example engine
                     */
                    kind: string;
                };
                message: string;
            }[];
        };
        /** @enum {unknown} */
        EventType: "job.submitted" | "job.started" | "job.waiting" | "job.paused" | "job.resumed" | "job.completed" | "job.failed" | "job.cancelled" | "node.started" | "node.succeeded" | "node.failed" | "node.retrying" | "node.skipped" | "node.waiting" | "node.looped" | "node.reused" | "intervention.opened" | "intervention.answered" | "intervention.expired";
        Event: {
            /** @description Counts the job's events without a hole. */
            n: number;
            cursor: components["schemas"]["Cursor"];
            type: components["schemas"]["EventType"];
            at: components["schemas"]["Time"];
            job_id: components["schemas"]["Id"];
            workspace_id: components["schemas"]["Id"];
            actor: {
                id: string;
                /**
                 * @example key
                 * @example engine
                 */
                kind: string;
            };
            /** @description The event's own fields. User data is `{"sha256", "value"}`; `value` is absent once erased. */
            data: Record<string, unknown>;
            prev_hash: components["schemas"]["Hash"];
            hash: components["schemas"]["Hash"];
        };
        /** @description The data of one server-sent event. Clients must tolerate new types and fields. */
        Frame: {
            /**
             * @example state_update
             * @example token
             * @example content_block
             * @example complete
             * @example error
             */
            type: string;
            job_id: components["schemas"]["Id"];
            cursor: components["schemas"]["Cursor"];
            at: components["schemas"]["Time"];
            status?: components["schemas"]["Status"];
            progress?: number;
            current_step?: components["schemas"]["StringOrNull"];
            waitingFor?: components["schemas"]["Question"] | null;
            /** @description The events of the commit. */
            events?: {
                n: number;
                type: components["schemas"]["EventType"];
                node?: string;
                visit?: number;
                attempt?: number;
            }[];
            /** @description Of `token`: some words of a step's output. */
            token?: string;
            /** @description Of `token` and `content_block`. */
            node_id?: string;
            visit?: number;
            /** @description A new attempt voids the text of the one before. */
            attempt?: number;
            /** @description Of `content_block`: what the step gave. */
            output?: components["schemas"]["Any"];
            /** @description The start of an output that is too large for a frame. */
            output_preview?: string;
            output_bytes?: number;
            /** @description Where the whole is. */
            output_url?: string;
            /** @description Further steps that ended with an output. */
            ended?: Record<string, unknown>[];
            /** @description Of `complete`. */
            result?: components["schemas"]["Any"];
            error?: components["schemas"]["JobError"];
            failedReason?: string;
        };
        Neuron: {
            id: components["schemas"]["Id"];
            workspace_id: components["schemas"]["Id"];
            name: string;
            slug: components["schemas"]["Id"];
            description: string;
            kind: string;
            config: Record<string, unknown>;
            input_schema: components["schemas"]["Any"];
            output_schema: components["schemas"]["Any"];
            /** @description Only an active one can be run. */
            is_active: boolean;
            version: number;
            created_at: components["schemas"]["Time"];
            updated_at: components["schemas"]["Time"];
        };
        Trace: {
            trace_id: string;
            job_count: number;
            /** @description When its oldest job was submitted. */
            first_at: components["schemas"]["Time"];
            /** @description When its newest job was submitted. */
            last_at: components["schemas"]["Time"];
            last_job_id: components["schemas"]["Id"];
            /** @description Of its newest job. */
            last_status: components["schemas"]["Status"];
        };
        Pathway: {
            id: components["schemas"]["Id"];
            workspace_id: components["schemas"]["Id"];
            name: string;
            slug: components["schemas"]["Id"];
            description: string;
            pathway_graph: components["schemas"]["Graph"];
            pathway_data: components["schemas"]["Any"];
            /** @description Only an active one can be run. */
            is_active: boolean;
            version: number;
            created_at: components["schemas"]["Time"];
            updated_at: components["schemas"]["Time"];
        };
    };
    responses: {
        /** @description It was not done. `code` says why, `details` where. */
        Error: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "Retry-After": components["headers"]["RetryAfter"];
                "RateLimit-Limit": components["headers"]["RateLimitLimit"];
                "RateLimit-Remaining": components["headers"]["RateLimitRemaining"];
                "RateLimit-Reset": components["headers"]["RateLimitReset"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "message": "the request has a problem: at /priority: this must be from 0 to 9",
                 *       "code": "VALIDATION_ERROR",
                 *       "details": [
                 *         {
                 *           "path": "/priority",
                 *           "message": "this must be from 0 to 9"
                 *         }
                 *       ],
                 *       "request_id": "5f9c6a1e-5a43-4f0e-9a55-6b1f3a3f0c11"
                 *     }
                 */
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description The job is durable. */
        Started: {
            headers: {
                Location: components["headers"]["Location"];
                "Idempotent-Replay": components["headers"]["IdempotentReplay"];
                "Preference-Applied": components["headers"]["PreferenceApplied"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "job_id": "019a1c2e-7f00-7000-8000-000000000000",
                 *       "status": "pending",
                 *       "cursor": "12345-0"
                 *     }
                 */
                "application/json": components["schemas"]["Started"];
            };
        };
        /** @description The client asked to wait, and the job has ended or needs a human. */
        StatusAfterWait: {
            headers: {
                Location: components["headers"]["Location"];
                ETag: components["headers"]["ETag"];
                "Idempotent-Replay": components["headers"]["IdempotentReplay"];
                "Preference-Applied": components["headers"]["PreferenceApplied"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Job"];
            };
        };
        /** @description The job's status. */
        Status: {
            headers: {
                ETag: components["headers"]["ETag"];
                "Preference-Applied": components["headers"]["PreferenceApplied"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Job"];
            };
        };
        /** @description The intervention as it is. */
        Intervention: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "intervention",
                 *       "interventionId": "019a1c2e-7f00-7000-8000-000000000002",
                 *       "node_id": "review",
                 *       "prompt": "Publish this?",
                 *       "actions": [
                 *         "approve",
                 *         "reject"
                 *       ],
                 *       "fields": null,
                 *       "required": 1,
                 *       "expires_at": null,
                 *       "status": "approved",
                 *       "responses": [
                 *         {
                 *           "responder": "key:019a1c2e-7f00-7000-8000-000000000001",
                 *           "action": "approve",
                 *           "comment": "Looks good",
                 *           "at": "2026-01-02T15:04:05.000Z"
                 *         }
                 *       ],
                 *       "created_at": "2026-01-02T15:00:00.000Z",
                 *       "job_id": "019a1c2e-7f00-7000-8000-000000000000",
                 *       "workspace_id": "default",
                 *       "pathway_id": "019a1c2e-7f00-7000-8000-000000000003",
                 *       "trace_id": null
                 *     }
                 */
                "application/json": components["schemas"]["InterventionOfJob"];
            };
        };
        /** @description Nothing has happened since the cursor in `If-None-Match`. */
        NotModified: {
            headers: {
                ETag: components["headers"]["ETag"];
                [name: string]: unknown;
            };
            content?: never;
        };
        /** @description Frames. */
        Stream: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example retry: 1000
                 *
                 *     id: 12-0
                 *     data: {"type":"complete","job_id":"019a...","cursor":"12-0","at":"2026-01-02T15:04:05.000Z","status":"completed","progress":100,"current_step":null,"waitingFor":null,"events":[],"result":"done"}
                 */
                "text/event-stream": string;
            };
        };
        /** @description The pathway's newest version. */
        Pathway: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Pathway"];
            };
        };
        /** @description The neuron's newest version. */
        Neuron: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Neuron"];
            };
        };
        /** @description New work can no longer name it. */
        Deleted: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "success": true
                 *     }
                 */
                "application/json": {
                    /** @constant */
                    success: true;
                };
            };
        };
    };
    parameters: {
        /** @description The job's id. */
        JobId: components["schemas"]["Id"];
        /** @description The intervention's id, `interventionId` in a job's status. */
        InterventionId: components["schemas"]["Id"];
        /** @description The id or the slug. */
        DefinitionId: components["schemas"]["Id"];
        /** @description The trace's id as it was given at the start of a job, percent-encoded. */
        TraceId: string;
        /** @description The version's number, from 1. */
        Version: number;
        /**
         * @description The same key on the same route names the same job: a repetition is answered with it and the header
         *     `Idempotent-Replay: true`. With another body it is 409 `IDEMPOTENCY_MISMATCH`. Equal JSON values are equal bodies.
         */
        IdempotencyKey: string;
        /**
         * @description `wait=N` holds the answer until the job has ended or needs a human, at most N seconds, at most 60.
         * @example wait=10
         */
        Prefer: string;
        /** @description A cursor or a time between the job's start and now. */
        At: string;
        /** @description A cursor; empty, `0` and `0-0` are the beginning. */
        After: string;
        IfNoneMatch: string;
        Limit: number;
        Offset: number;
        /** @description Text in the name, slug or description, in upper or lower case. */
        Search: string;
        SortBy: "created_at" | "updated_at" | "name";
        SortDirection: "desc" | "asc";
    };
    requestBodies: {
        Pathway: {
            content: {
                /**
                 * @example {
                 *       "name": "Publish",
                 *       "slug": "publish",
                 *       "pathway_graph": {
                 *         "nodes": [
                 *           {
                 *             "id": "draft",
                 *             "type": "neuron",
                 *             "kind": "echo",
                 *             "config": {},
                 *             "input": {
                 *               "message": "About {{ input.topic }}"
                 *             }
                 *           },
                 *           {
                 *             "id": "review",
                 *             "type": "human",
                 *             "prompt": "Publish this?",
                 *             "actions": [
                 *               "approve",
                 *               "reject"
                 *             ]
                 *           }
                 *         ],
                 *         "edges": [
                 *           {
                 *             "from": "draft",
                 *             "to": "review"
                 *           }
                 *         ]
                 *       }
                 *     }
                 */
                "application/json": {
                    workspace_id?: components["schemas"]["OwnWorkspace"];
                    name: components["schemas"]["Name"];
                    slug?: components["schemas"]["OptionalSlug"];
                    description?: string | null;
                    pathway_graph: components["schemas"]["Graph"];
                    /** @description An editor's layout; stored untouched. */
                    pathway_data?: components["schemas"]["Any"];
                    /** @default true */
                    is_active?: boolean | null;
                };
            };
        };
        Neuron: {
            content: {
                /**
                 * @example {
                 *       "name": "Writer",
                 *       "slug": "writer",
                 *       "kind": "echo",
                 *       "config": {
                 *         "delay_ms": 10
                 *       }
                 *     }
                 */
                "application/json": {
                    workspace_id?: components["schemas"]["OwnWorkspace"];
                    name: components["schemas"]["Name"];
                    slug?: components["schemas"]["OptionalSlug"];
                    description?: string | null;
                    /** @description `llm`, `http` or `echo`. */
                    kind: string;
                    /**
                     * @description The kind's own fields.
                     * @default {}
                     */
                    config?: Record<string, unknown> | null;
                    /** @description JSON Schema, or null. */
                    input_schema?: components["schemas"]["Any"];
                    /** @description JSON Schema, or null. */
                    output_schema?: components["schemas"]["Any"];
                    /** @default true */
                    is_active?: boolean | null;
                };
            };
        };
    };
    headers: {
        /** @description Names the request in the server's log. */
        RequestId: string;
        /** @description Seconds. */
        RetryAfter: number;
        /** @description Requests that the key may make at once; on every answer to it where keys are limited. */
        RateLimitLimit: number;
        /** @description Requests that the key may make now. */
        RateLimitRemaining: number;
        /** @description Seconds until all may be made again. */
        RateLimitReset: number;
        /** @description Where it can be read. */
        Location: string;
        /** @description The cursor in quotes. */
        ETag: string;
        /** @description `true` when an earlier request made this job. */
        IdempotentReplay: string;
        /** @description The wait that was granted. */
        PreferenceApplied: string;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    getHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It lives. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "status": "ok"
                     *     }
                     */
                    "application/json": {
                        /** @constant */
                        status: "ok";
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    getReady: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It can. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "status": "ready",
                     *       "checks": [
                     *         {
                     *           "name": "log",
                     *           "ready": true
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["Readiness"];
                };
            };
            /** @description It cannot now; `checks` say why, or the body is an error. */
            503: {
                headers: {
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "status": "not_ready",
                     *       "checks": [
                     *         {
                     *           "name": "views of jobs",
                     *           "ready": false,
                     *           "reason": "folded 10 of 20 commits"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["Readiness"] | components["schemas"]["Error"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    getMetrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Metrics. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example # HELP ranvier_streams_open Streams of jobs that clients read now.
                     *     # TYPE ranvier_streams_open gauge
                     *     ranvier_streams_open 2
                     */
                    "text/plain": string;
                };
            };
            default: components["responses"]["Error"];
        };
    };
    getOpenAPI: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description This document. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/yaml": string;
                    "text/plain": string;
                };
            };
            default: components["responses"]["Error"];
        };
    };
    getSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What this key is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "workspace_id": "default",
                     *       "key": {
                     *         "id": "019a1c2e-7f00-7000-8000-000000000001",
                     *         "name": "ci",
                     *         "role": "operator",
                     *         "instance": false,
                     *         "created_at": "2026-01-02T15:04:05.000Z",
                     *         "expires_at": null
                     *       },
                     *       "version": "1.0.0"
                     *     }
                     */
                    "application/json": components["schemas"]["Session"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    listWorkspaces: {
        parameters: {
            query?: {
                limit?: components["parameters"]["Limit"];
                offset?: components["parameters"]["Offset"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "workspaces": [
                     *         {
                     *           "id": "default",
                     *           "slug": "default",
                     *           "name": "default",
                     *           "created_at": "2026-01-02T15:04:05.000Z"
                     *         }
                     *       ],
                     *       "total": 1,
                     *       "limit": 20,
                     *       "offset": 0
                     *     }
                     */
                    "application/json": {
                        workspaces: components["schemas"]["Workspace"][];
                        total: components["schemas"]["Total"];
                        limit: number;
                        offset: number;
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    createWorkspace: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Research",
                 *       "slug": "research"
                 *     }
                 */
                "application/json": components["schemas"]["WorkspaceRequest"];
            };
        };
        responses: {
            /** @description It is made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "research",
                     *       "slug": "research",
                     *       "name": "Research",
                     *       "created_at": "2026-01-02T15:04:05.000Z",
                     *       "api_key": {
                     *         "id": "019a1c2e-7f00-7000-8000-000000000002",
                     *         "workspace_id": "research",
                     *         "name": "first admin key",
                     *         "role": "admin",
                     *         "prefix": "rv_live_4fQz",
                     *         "instance": false,
                     *         "created_at": "2026-01-02T15:04:05.000Z",
                     *         "expires_at": null,
                     *         "last_used_at": null,
                     *         "key": "rv_live_4fQz0000000000000000000000000000000000000000lj576"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["NewWorkspace"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    listKeys: {
        parameters: {
            query?: {
                limit?: components["parameters"]["Limit"];
                offset?: components["parameters"]["Offset"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "api_keys": [
                     *         {
                     *           "id": "019a1c2e-7f00-7000-8000-000000000002",
                     *           "workspace_id": "default",
                     *           "name": "ci",
                     *           "role": "operator",
                     *           "prefix": "rv_live_4fQz",
                     *           "instance": false,
                     *           "created_at": "2026-01-02T15:04:05.000Z",
                     *           "expires_at": null,
                     *           "last_used_at": "2026-01-02T15:05:00.000Z"
                     *         }
                     *       ],
                     *       "total": 1,
                     *       "limit": 20,
                     *       "offset": 0
                     *     }
                     */
                    "application/json": {
                        api_keys: components["schemas"]["ApiKey"][];
                        total: components["schemas"]["Total"];
                        limit: number;
                        offset: number;
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    createKey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "ci",
                 *       "role": "operator",
                 *       "expires_in": "720h"
                 *     }
                 */
                "application/json": components["schemas"]["ApiKeyRequest"];
            };
        };
        responses: {
            /** @description It is made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019a1c2e-7f00-7000-8000-000000000002",
                     *       "workspace_id": "default",
                     *       "name": "ci",
                     *       "role": "operator",
                     *       "prefix": "rv_live_4fQz",
                     *       "instance": false,
                     *       "created_at": "2026-01-02T15:04:05.000Z",
                     *       "expires_at": "2026-02-01T15:04:05.000Z",
                     *       "last_used_at": null,
                     *       "key": "rv_live_4fQz0000000000000000000000000000000000000000lj576"
                     *     }
                     */
                    "application/json": components["schemas"]["NewApiKey"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    revokeKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The key's id, not its text. */
                id: components["schemas"]["Id"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Deleted"];
            default: components["responses"]["Error"];
        };
    };
    listJobs: {
        parameters: {
            query?: {
                pathway_id?: components["schemas"]["Id"];
                neuron_id?: components["schemas"]["Id"];
                receptor_id?: components["schemas"]["Id"];
                trace_id?: string;
                status?: components["schemas"]["Status"];
                created_after?: string;
                created_before?: string;
                limit?: components["parameters"]["Limit"];
                offset?: components["parameters"]["Offset"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "jobs": [],
                     *       "total": 0,
                     *       "limit": 20,
                     *       "offset": 0
                     *     }
                     */
                    "application/json": {
                        jobs: components["schemas"]["Job"][];
                        total: components["schemas"]["Total"];
                        limit: number;
                        offset: number;
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    startJob: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The same key on the same route names the same job: a repetition is answered with it and the header
                 *     `Idempotent-Replay: true`. With another body it is 409 `IDEMPOTENCY_MISMATCH`. Equal JSON values are equal bodies.
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /**
                 * @description `wait=N` holds the answer until the job has ended or needs a human, at most N seconds, at most 60.
                 * @example wait=10
                 */
                Prefer?: components["parameters"]["Prefer"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["StartRequest"];
            };
        };
        responses: {
            200: components["responses"]["StatusAfterWait"];
            202: components["responses"]["Started"];
            default: components["responses"]["Error"];
        };
    };
    getJob: {
        parameters: {
            query?: {
                /** @description A cursor or a time between the job's start and now. */
                at?: components["parameters"]["At"];
            };
            header?: {
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /**
                 * @description `wait=N` holds the answer until the job has ended or needs a human, at most N seconds, at most 60.
                 * @example wait=10
                 */
                Prefer?: components["parameters"]["Prefer"];
            };
            path: {
                /** @description The job's id. */
                id: components["parameters"]["JobId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Status"];
            304: components["responses"]["NotModified"];
            default: components["responses"]["Error"];
        };
    };
    getJobStatus: {
        parameters: {
            query?: {
                /** @description A cursor or a time between the job's start and now. */
                at?: components["parameters"]["At"];
            };
            header?: {
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /**
                 * @description `wait=N` holds the answer until the job has ended or needs a human, at most N seconds, at most 60.
                 * @example wait=10
                 */
                Prefer?: components["parameters"]["Prefer"];
            };
            path: {
                /** @description The job's id. */
                id: components["parameters"]["JobId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Status"];
            304: components["responses"]["NotModified"];
            default: components["responses"]["Error"];
        };
    };
    listJobEvents: {
        parameters: {
            query?: {
                /** @description A cursor; empty, `0` and `0-0` are the beginning. */
                after?: components["parameters"]["After"];
                limit?: number;
                /** @description Only events of this type. May be repeated. */
                type?: components["schemas"]["EventType"][];
            };
            header?: never;
            path: {
                /** @description The job's id. */
                id: components["parameters"]["JobId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page. `next` and the `Link` header name the next one. */
            200: {
                headers: {
                    /** @description The next page */
                    Link?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "events": [],
                     *       "next": null
                     *     }
                     */
                    "application/json": {
                        events: components["schemas"]["Event"][];
                        /** @description What `after` of the next page is; null at the end. */
                        next: components["schemas"]["Cursor"] | null;
                    };
                    "application/x-ndjson": string;
                };
            };
            default: components["responses"]["Error"];
        };
    };
    explainJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The job's id. */
                id: components["parameters"]["JobId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The reasons. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "job_id": "019a1c2e-7f00-7000-8000-000000000000",
                     *       "status": "waiting",
                     *       "cursor": "12345-0",
                     *       "summary": "waiting: review waits for an answer to intervention 019a1c2e-7f00-7000-8000-000000000002",
                     *       "reasons": [
                     *         {
                     *           "kind": "intervention",
                     *           "node_id": "review",
                     *           "since": "12345-0",
                     *           "until": null,
                     *           "interventionId": "019a1c2e-7f00-7000-8000-000000000002",
                     *           "message": "review waits for an answer to intervention 019a1c2e-7f00-7000-8000-000000000002"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["Explanation"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    streamJob: {
        parameters: {
            query?: {
                /** @description A cursor; empty, `0` and `0-0` are the beginning. */
                after?: components["parameters"]["After"];
            };
            header?: {
                /** @description Read when `after` is absent. */
                "Last-Event-ID"?: components["schemas"]["Cursor"];
            };
            path: {
                /** @description The job's id. */
                id: components["parameters"]["JobId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Stream"];
            /** @description The job has ended and nothing comes after the place. A browser stops reconnecting. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Error"];
        };
    };
    cancelJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The job's id. */
                id: components["parameters"]["JobId"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "reason": "no longer needed"
                 *     }
                 */
                "application/json": {
                    workspace_id?: components["schemas"]["OwnWorkspace"];
                    reason?: string | null;
                };
            };
        };
        responses: {
            200: components["responses"]["Status"];
            default: components["responses"]["Error"];
        };
    };
    pauseJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The job's id. */
                id: components["parameters"]["JobId"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /** @example {} */
                "application/json": {
                    workspace_id?: components["schemas"]["OwnWorkspace"];
                };
            };
        };
        responses: {
            200: components["responses"]["Status"];
            default: components["responses"]["Error"];
        };
    };
    resumeJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The job's id. */
                id: components["parameters"]["JobId"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /** @example {} */
                "application/json": {
                    workspace_id?: components["schemas"]["OwnWorkspace"];
                    input?: components["schemas"]["Answer"] | null;
                };
            };
        };
        responses: {
            200: components["responses"]["Status"];
            default: components["responses"]["Error"];
        };
    };
    answerJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The job's id. */
                id: components["parameters"]["JobId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "input": {
                 *         "type": "intervention_response",
                 *         "interventionId": "019a1c2e-7f00-7000-8000-000000000002",
                 *         "action": "approve",
                 *         "comment": "Looks good"
                 *       }
                 *     }
                 */
                "application/json": {
                    workspace_id?: components["schemas"]["OwnWorkspace"];
                    input: components["schemas"]["Answer"];
                };
            };
        };
        responses: {
            200: components["responses"]["Status"];
            default: components["responses"]["Error"];
        };
    };
    rerunJob: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The same key on the same route names the same job: a repetition is answered with it and the header
                 *     `Idempotent-Replay: true`. With another body it is 409 `IDEMPOTENCY_MISMATCH`. Equal JSON values are equal bodies.
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /**
                 * @description `wait=N` holds the answer until the job has ended or needs a human, at most N seconds, at most 60.
                 * @example wait=10
                 */
                Prefer?: components["parameters"]["Prefer"];
            };
            path: {
                /** @description The job's id. */
                id: components["parameters"]["JobId"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "from_node": "post"
                 *     }
                 */
                "application/json": {
                    workspace_id?: components["schemas"]["OwnWorkspace"];
                    /** @description Id of a node of the job's graph. */
                    from_node?: string | null;
                    /** @description In place of the old job's input. */
                    input?: components["schemas"]["Any"];
                };
            };
        };
        responses: {
            200: components["responses"]["StatusAfterWait"];
            202: components["responses"]["Started"];
            default: components["responses"]["Error"];
        };
    };
    listInterventions: {
        parameters: {
            query?: {
                status?: components["schemas"]["InterventionStatus"];
                job_id?: components["schemas"]["Id"];
                trace_id?: string;
                /** @description `1` counts instead of listing. */
                summary?: "0" | "1";
                limit?: components["parameters"]["Limit"];
                offset?: components["parameters"]["Offset"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page, or the summary. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InterventionList"] | components["schemas"]["InterventionSummary"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    getIntervention: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The intervention's id, `interventionId` in a job's status. */
                id: components["parameters"]["InterventionId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Intervention"];
            default: components["responses"]["Error"];
        };
    };
    respondToIntervention: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The intervention's id, `interventionId` in a job's status. */
                id: components["parameters"]["InterventionId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "action": "approve",
                 *       "comment": "Looks good"
                 *     }
                 */
                "application/json": {
                    workspace_id?: components["schemas"]["OwnWorkspace"];
                    /** @description One of the question's `actions`. */
                    action: string;
                    comment?: string | null;
                    /** @description What the question's `fields` schema asks for. */
                    fields?: Record<string, unknown> | null;
                };
            };
        };
        responses: {
            200: components["responses"]["Intervention"];
            default: components["responses"]["Error"];
        };
    };
    validatePathway: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "pathway_graph": {
                 *         "nodes": [
                 *           {
                 *             "id": "t",
                 *             "type": "transform",
                 *             "output": "{{ input }}"
                 *           }
                 *         ],
                 *         "edges": []
                 *       }
                 *     }
                 */
                "application/json": {
                    workspace_id?: components["schemas"]["OwnWorkspace"];
                    /** @description A graph; anything else is a problem of it. */
                    pathway_graph: components["schemas"]["Any"];
                };
            };
        };
        responses: {
            /** @description Every problem, with a JSON pointer into the graph. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "valid": true,
                     *       "problems": []
                     *     }
                     */
                    "application/json": {
                        valid: boolean;
                        problems: components["schemas"]["Problem"][];
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    listPathways: {
        parameters: {
            query?: {
                /** @description Text in the name, slug or description, in upper or lower case. */
                search?: components["parameters"]["Search"];
                sortBy?: components["parameters"]["SortBy"];
                sortDirection?: components["parameters"]["SortDirection"];
                limit?: components["parameters"]["Limit"];
                offset?: components["parameters"]["Offset"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "pathways": [],
                     *       "total": 0,
                     *       "limit": 20,
                     *       "offset": 0
                     *     }
                     */
                    "application/json": {
                        pathways: components["schemas"]["Pathway"][];
                        total: components["schemas"]["Total"];
                        limit: number;
                        offset: number;
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    createPathway: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: components["requestBodies"]["Pathway"];
        responses: {
            /** @description It is stored. */
            201: {
                headers: {
                    Location: components["headers"]["Location"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Pathway"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    getPathway: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug. */
                id: components["parameters"]["DefinitionId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Pathway"];
            default: components["responses"]["Error"];
        };
    };
    replacePathway: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug. */
                id: components["parameters"]["DefinitionId"];
            };
            cookie?: never;
        };
        requestBody: components["requestBodies"]["Pathway"];
        responses: {
            200: components["responses"]["Pathway"];
            default: components["responses"]["Error"];
        };
    };
    deletePathway: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug. */
                id: components["parameters"]["DefinitionId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Deleted"];
            default: components["responses"]["Error"];
        };
    };
    executePathway: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The same key on the same route names the same job: a repetition is answered with it and the header
                 *     `Idempotent-Replay: true`. With another body it is 409 `IDEMPOTENCY_MISMATCH`. Equal JSON values are equal bodies.
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /**
                 * @description `wait=N` holds the answer until the job has ended or needs a human, at most N seconds, at most 60.
                 * @example wait=10
                 */
                Prefer?: components["parameters"]["Prefer"];
            };
            path: {
                /** @description The id or the slug. */
                id: components["parameters"]["DefinitionId"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "input": {
                 *         "topic": "axons"
                 *       },
                 *       "timeout": "10m"
                 *     }
                 */
                "application/json": components["schemas"]["RunOptions"];
            };
        };
        responses: {
            200: components["responses"]["StatusAfterWait"];
            202: components["responses"]["Started"];
            default: components["responses"]["Error"];
        };
    };
    listPathwayVersions: {
        parameters: {
            query?: {
                limit?: components["parameters"]["Limit"];
                offset?: components["parameters"]["Offset"];
            };
            header?: never;
            path: {
                /** @description The id or the slug. */
                id: components["parameters"]["DefinitionId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "versions": [
                     *         {
                     *           "id": "019a1c2e-7f00-7000-8000-000000000000",
                     *           "workspace_id": "default",
                     *           "name": "Publish",
                     *           "slug": "publish",
                     *           "description": "",
                     *           "pathway_graph": {
                     *             "nodes": [
                     *               {
                     *                 "id": "wait",
                     *                 "type": "delay",
                     *                 "for": "1s"
                     *               }
                     *             ],
                     *             "edges": []
                     *           },
                     *           "pathway_data": null,
                     *           "is_active": true,
                     *           "version": 3,
                     *           "created_at": "2026-01-02T15:04:05.000Z",
                     *           "updated_at": "2026-01-03T15:04:05.000Z"
                     *         }
                     *       ],
                     *       "total": 1,
                     *       "limit": 20,
                     *       "offset": 0
                     *     }
                     */
                    "application/json": {
                        versions: components["schemas"]["Pathway"][];
                        total: components["schemas"]["Total"];
                        limit: number;
                        offset: number;
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    getPathwayVersion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug. */
                id: components["parameters"]["DefinitionId"];
                /** @description The version's number, from 1. */
                n: components["parameters"]["Version"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The version. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019a1c2e-7f00-7000-8000-000000000000",
                     *       "workspace_id": "default",
                     *       "name": "Publish",
                     *       "slug": "publish",
                     *       "description": "",
                     *       "pathway_graph": {
                     *         "nodes": [
                     *           {
                     *             "id": "wait",
                     *             "type": "delay",
                     *             "for": "1s"
                     *           }
                     *         ],
                     *         "edges": []
                     *       },
                     *       "pathway_data": null,
                     *       "is_active": true,
                     *       "version": 3,
                     *       "created_at": "2026-01-02T15:04:05.000Z",
                     *       "updated_at": "2026-01-03T15:04:05.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Pathway"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    promotePathway: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug. */
                id: components["parameters"]["DefinitionId"];
                /** @description The version's number, from 1. */
                n: components["parameters"]["Version"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /** @example {} */
                "application/json": {
                    workspace_id?: components["schemas"]["OwnWorkspace"];
                };
            };
        };
        responses: {
            /** @description The new version. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019a1c2e-7f00-7000-8000-000000000000",
                     *       "workspace_id": "default",
                     *       "name": "Publish",
                     *       "slug": "publish",
                     *       "description": "",
                     *       "pathway_graph": {
                     *         "nodes": [
                     *           {
                     *             "id": "wait",
                     *             "type": "delay",
                     *             "for": "1s"
                     *           }
                     *         ],
                     *         "edges": []
                     *       },
                     *       "pathway_data": null,
                     *       "is_active": true,
                     *       "version": 3,
                     *       "created_at": "2026-01-02T15:04:05.000Z",
                     *       "updated_at": "2026-01-03T15:04:05.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Pathway"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    listNeurons: {
        parameters: {
            query?: {
                /** @description Text in the name, slug or description, in upper or lower case. */
                search?: components["parameters"]["Search"];
                sortBy?: components["parameters"]["SortBy"];
                sortDirection?: components["parameters"]["SortDirection"];
                limit?: components["parameters"]["Limit"];
                offset?: components["parameters"]["Offset"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "neurons": [],
                     *       "total": 0,
                     *       "limit": 20,
                     *       "offset": 0
                     *     }
                     */
                    "application/json": {
                        neurons: components["schemas"]["Neuron"][];
                        total: components["schemas"]["Total"];
                        limit: number;
                        offset: number;
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    createNeuron: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: components["requestBodies"]["Neuron"];
        responses: {
            /** @description It is stored. */
            201: {
                headers: {
                    Location: components["headers"]["Location"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Neuron"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    getNeuron: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug. */
                id: components["parameters"]["DefinitionId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Neuron"];
            default: components["responses"]["Error"];
        };
    };
    replaceNeuron: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug. */
                id: components["parameters"]["DefinitionId"];
            };
            cookie?: never;
        };
        requestBody: components["requestBodies"]["Neuron"];
        responses: {
            200: components["responses"]["Neuron"];
            default: components["responses"]["Error"];
        };
    };
    deleteNeuron: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug. */
                id: components["parameters"]["DefinitionId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Deleted"];
            default: components["responses"]["Error"];
        };
    };
    invokeNeuron: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The same key on the same route names the same job: a repetition is answered with it and the header
                 *     `Idempotent-Replay: true`. With another body it is 409 `IDEMPOTENCY_MISMATCH`. Equal JSON values are equal bodies.
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /**
                 * @description `wait=N` holds the answer until the job has ended or needs a human, at most N seconds, at most 60.
                 * @example wait=10
                 */
                Prefer?: components["parameters"]["Prefer"];
            };
            path: {
                /** @description The id or the slug. */
                id: components["parameters"]["DefinitionId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InvokeRequest"];
            };
        };
        responses: {
            /** @description The stream that was asked for, or the status after `Prefer` wait. */
            200: {
                headers: {
                    Location: components["headers"]["Location"];
                    "Idempotent-Replay": components["headers"]["IdempotentReplay"];
                    "Preference-Applied": components["headers"]["PreferenceApplied"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                    "text/event-stream": string;
                };
            };
            202: components["responses"]["Started"];
            /** @description A replayed job has ended and its stream has nothing more. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Error"];
        };
    };
    listNeuronVersions: {
        parameters: {
            query?: {
                limit?: components["parameters"]["Limit"];
                offset?: components["parameters"]["Offset"];
            };
            header?: never;
            path: {
                /** @description The id or the slug. */
                id: components["parameters"]["DefinitionId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "versions": [
                     *         {
                     *           "id": "019a1c2e-7f00-7000-8000-000000000000",
                     *           "workspace_id": "default",
                     *           "name": "Writer",
                     *           "slug": "writer",
                     *           "description": "",
                     *           "kind": "echo",
                     *           "config": {},
                     *           "input_schema": null,
                     *           "output_schema": null,
                     *           "is_active": true,
                     *           "version": 3,
                     *           "created_at": "2026-01-02T15:04:05.000Z",
                     *           "updated_at": "2026-01-03T15:04:05.000Z"
                     *         }
                     *       ],
                     *       "total": 1,
                     *       "limit": 20,
                     *       "offset": 0
                     *     }
                     */
                    "application/json": {
                        versions: components["schemas"]["Neuron"][];
                        total: components["schemas"]["Total"];
                        limit: number;
                        offset: number;
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    getNeuronVersion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug. */
                id: components["parameters"]["DefinitionId"];
                /** @description The version's number, from 1. */
                n: components["parameters"]["Version"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The version. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019a1c2e-7f00-7000-8000-000000000000",
                     *       "workspace_id": "default",
                     *       "name": "Writer",
                     *       "slug": "writer",
                     *       "description": "",
                     *       "kind": "echo",
                     *       "config": {},
                     *       "input_schema": null,
                     *       "output_schema": null,
                     *       "is_active": true,
                     *       "version": 3,
                     *       "created_at": "2026-01-02T15:04:05.000Z",
                     *       "updated_at": "2026-01-03T15:04:05.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Neuron"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    promoteNeuron: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug. */
                id: components["parameters"]["DefinitionId"];
                /** @description The version's number, from 1. */
                n: components["parameters"]["Version"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /** @example {} */
                "application/json": {
                    workspace_id?: components["schemas"]["OwnWorkspace"];
                };
            };
        };
        responses: {
            /** @description The new version. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019a1c2e-7f00-7000-8000-000000000000",
                     *       "workspace_id": "default",
                     *       "name": "Writer",
                     *       "slug": "writer",
                     *       "description": "",
                     *       "kind": "echo",
                     *       "config": {},
                     *       "input_schema": null,
                     *       "output_schema": null,
                     *       "is_active": true,
                     *       "version": 3,
                     *       "created_at": "2026-01-02T15:04:05.000Z",
                     *       "updated_at": "2026-01-03T15:04:05.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Neuron"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    listTraces: {
        parameters: {
            query?: {
                limit?: components["parameters"]["Limit"];
                offset?: components["parameters"]["Offset"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "traces": [
                     *         {
                     *           "trace_id": "talk-1",
                     *           "job_count": 2,
                     *           "first_at": "2026-01-02T15:04:05.000Z",
                     *           "last_at": "2026-01-02T15:05:05.000Z",
                     *           "last_job_id": "019a1c2e-7f00-7000-8000-000000000000",
                     *           "last_status": "completed"
                     *         }
                     *       ],
                     *       "total": 1,
                     *       "limit": 20,
                     *       "offset": 0
                     *     }
                     */
                    "application/json": {
                        traces: components["schemas"]["Trace"][];
                        total: components["schemas"]["Total"];
                        limit: number;
                        offset: number;
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    getTrace: {
        parameters: {
            query?: {
                limit?: components["parameters"]["Limit"];
                offset?: components["parameters"]["Offset"];
            };
            header?: never;
            path: {
                /** @description The trace's id as it was given at the start of a job, percent-encoded. */
                id: components["parameters"]["TraceId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The trace and one page of its jobs. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "trace_id": "talk-1",
                     *       "job_count": 2,
                     *       "first_at": "2026-01-02T15:04:05.000Z",
                     *       "last_at": "2026-01-02T15:05:05.000Z",
                     *       "last_job_id": "019a1c2e-7f00-7000-8000-000000000000",
                     *       "last_status": "completed",
                     *       "jobs": [],
                     *       "total": 2,
                     *       "limit": 20,
                     *       "offset": 20
                     *     }
                     */
                    "application/json": {
                        jobs: components["schemas"]["Job"][];
                        total: components["schemas"]["Total"];
                        limit: number;
                        offset: number;
                    } & components["schemas"]["Trace"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    listMessages: {
        parameters: {
            query?: {
                limit?: components["parameters"]["Limit"];
                offset?: components["parameters"]["Offset"];
            };
            header?: never;
            path: {
                /** @description The trace's id as it was given at the start of a job, percent-encoded. */
                id: components["parameters"]["TraceId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "messages": [
                     *         {
                     *           "role": "user",
                     *           "content": "Hello",
                     *           "job_id": "019a1c2e-7f00-7000-8000-000000000000",
                     *           "at": "2026-01-02T15:04:05.000Z"
                     *         },
                     *         {
                     *           "role": "assistant",
                     *           "content": "Hello to you",
                     *           "job_id": "019a1c2e-7f00-7000-8000-000000000000",
                     *           "at": "2026-01-02T15:04:06.000Z"
                     *         }
                     *       ],
                     *       "total": 2,
                     *       "limit": 20,
                     *       "offset": 0
                     *     }
                     */
                    "application/json": {
                        messages: {
                            /** @enum {unknown} */
                            role: "user" | "assistant";
                            content: string;
                            job_id: components["schemas"]["Id"];
                            /** @description When the job was submitted or completed. */
                            at: components["schemas"]["Time"];
                        }[];
                        total: components["schemas"]["Total"];
                        limit: number;
                        offset: number;
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    postChat: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                traceId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            410: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
}
