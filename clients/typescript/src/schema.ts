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
         *     needed; without it only a key of the instance itself may read it, as the bootstrap key is. Least role: admin.
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
    "/docs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * This document as a page to read
         * @description The page loads its script and this document from this server, and nothing from elsewhere.
         */
        get: operations["getDocs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/docs/{file}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description What the page names. */
                file: string;
            };
            cookie?: never;
        };
        /** A part of the page at /docs */
        get: operations["getDocsFile"];
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
    "/v1/workspaces/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The workspace's id, which is its slug. */
                id: components["schemas"]["Id"];
            };
            cookie?: never;
        };
        /**
         * One workspace with its limits and what it uses
         * @description The key's own workspace; the instance's own admin key sees every one. Least role: viewer.
         */
        get: operations["getWorkspace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Rename a workspace or change its limits
         * @description What is given takes the place of what was: `concurrency_limits`, `endpoint_limits` and `quotas` each as a whole.
         *     Limits count at once; jobs that have begun go on when a limit falls below their number. Only the instance's own admin
         *     key sets `quotas`: 403 for others. Least role: admin.
         */
        patch: operations["patchWorkspace"];
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
    "/v1/secrets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List secrets
         * @description Those of the key's workspace, by name, without their values. Least role: viewer.
         */
        get: operations["listSecrets"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/secrets/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The secret's name, as in `{{ secret.name }}`. */
                name: string;
            };
            cookie?: never;
        };
        /**
         * What may be known of a secret
         * @description Its value is in no answer. Least role: viewer.
         */
        get: operations["getSecret"];
        /**
         * Store a secret
         * @description Makes the secret, or gives it a new value, which calls use that begin from now on. The value is sealed with the
         *     instance's master key, and no answer, event or log holds it. `{{ secret.name }}` stands for it in the `url` and
         *     `headers` of http nodes, http neurons and http tools; `api_key_secret` of an llm neuron names one. Least role: admin.
         */
        put: operations["putSecret"];
        post?: never;
        /**
         * Delete a secret
         * @description Calls that name it fail from now on, with code `SECRET_UNKNOWN`. Least role: admin.
         */
        delete: operations["deleteSecret"];
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
         * @description All filters given must fit. Pathway, neuron and receptor are named by id or slug. A filter on a label is a parameter
         *     `label.<name>`, such as `label.team=docs`. Least role: viewer.
         */
        get: operations["listJobs"];
        put?: never;
        /**
         * Start a job
         * @description Exactly one of `pathway_id` and `pathway` is needed. The answer is sent when the job is durable. A graph given here
         *     that uses secrets needs an admin, since it says where they are sent. Least role: operator.
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
        /**
         * Delete an ended job
         * @description Erases what the job held: its graph, input, labels, prompts, answers, outputs, result and token chunks. They are
         *     overwritten in the log before this answers; for a job with thousands of events that takes a while, and goes on
         *     when the client leaves. The job is in no list any more, and all that asks for it answers 410 `GONE`, also a second
         *     deletion. Only `/v1/jobs/{id}/events` still answers, with the digests of what was erased: the hash chain verifies
         *     as before. What is no payload stays: ids, times, actors, the names of nodes, error messages, the reason of a
         *     cancellation, the trace and the concurrency key.
         *
         *     409 `CONFLICT` while the job has not ended. Least role: admin.
         */
        delete: operations["deleteJob"];
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
         *     split over two pages, so a page with one large commit can be longer than `limit`. Those of a deleted job have no
         *     values, only their digests. After the event that ends a job only `node.stopped` comes, which tells how a step that
         *     was at work then ended, and what tells of its deletion.
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
    "/v1/jobs/{id}/result": {
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
         * The result of a job itself
         * @description The result of a job that has completed, as it is and however large: where the status shows a preview, this is the
         *     whole. 409 for a job that has not completed. Least role: viewer.
         */
        get: operations["getResult"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{id}/steps/{node}/output": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The job's id. */
                id: components["parameters"]["JobId"];
                /**
                 * @description The id of a node. A node inside a map is named by its path, `<map>/<index>/<node>`, an item by `<map>/<index>`;
                 *     a slash is best written `%2F`, and may be one.
                 * @example draft
                 */
                node: string;
            };
            cookie?: never;
        };
        /**
         * What a step gave
         * @description The output with which a step ended, as it is and however large: where a frame shows a preview, this is the whole.
         *     404 for a step that has none. Least role: viewer.
         */
        get: operations["getStepOutput"];
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
    "/v1/jobs/{id}/signals/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The job's id. */
                id: components["parameters"]["JobId"];
                /**
                 * @description The signal's name, as a node of type `wait_event` has it.
                 * @example paid
                 */
                name: string;
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Tell a job something
         * @description The node of type `wait_event` that has waited longest for this name ends with the output `{event, data}`; `data`
         *     is the body, any JSON, null when there is none. When no node waits for it the signal is kept, also while the job
         *     is pending or paused, and the next one that waits for it takes the oldest.
         *
         *     The answer is sent once the signal is durable. 409 for a job that has ended, and when 1,000 signals that nobody
         *     has taken, or 32 MiB of them, are kept already. With an `Idempotency-Key` a signal counts once: a repetition is
         *     answered with the header `Idempotent-Replay: true`, also when the job has ended since; a job remembers the latest
         *     1,000 keys. Another signal with the same key is 409 `IDEMPOTENCY_MISMATCH`. Least role: operator.
         */
        post: operations["signalJob"];
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
         *     `input` is another. Of them the ones that did not end, or whose failure ended the old job, are run. A node whose
         *     `join` was satisfied without that node does not depend on it, and neither does what follows such a node.
         *     400 for an unknown `from_node`; 409 when it was skipped or a join cancelled it, or when the old job has not ended.
         *     Least role: operator.
         */
        post: operations["rerunJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{id}/share": {
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
         * Make a share token of a job
         * @description Whoever has it can read the job's public status and stream, without a key. A job may have up to 200 at once. The text is
         *     shown in this answer only: the server keeps its hash. Least role: operator.
         */
        post: operations["shareJob"];
        /**
         * Revoke all share tokens of a job
         * @description They are refused from now on, and the streams that they opened end within 5 seconds. 404 when there are none.
         *     Least role: operator.
         */
        delete: operations["unshareJob"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow all jobs of the workspace
         * @description One ordered feed of the commits of every job: the history after the given place, then what comes, with no gap and
         *     no repeat. Each frame is the one that the job's own stream has for the commit, under the same `id`; token chunks
         *     are left out, and what is told of a job after its end. Along the feed the first number of a cursor always rises; the second one is the job's own. The feed
         *     has no end. A client that does not read is cut off; its last id resumes it.
         *
         *     All filters given must fit; `status` is that of the job after the commit. A filter on a label is a parameter
         *     `label.<name>`. Unknown parameters are ignored. Least role: viewer.
         */
        get: operations["streamEvents"];
        put?: never;
        post?: never;
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
    "/v1/interventions/{id}/share": {
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
         * Make a delivery of an intervention
         * @description A share token with which one person sees this one question and answers it once, without a key. `responder` says
         *     in whose name: all deliveries for the same one count as one responder, `person:<responder>`. Without it each
         *     delivery is a responder of its own. It expires with the question at the latest. 409 `CONFLICT` when the question
         *     takes no answer any more. Least role: operator.
         */
        post: operations["shareIntervention"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List queues
         * @description Every queue in which a task is, or for which a worker waits now, by name. Least role: viewer.
         */
        get: operations["listQueues"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workers/{queue}/lease": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description As the nodes and neurons of type `worker` have it. It need not exist.
                 * @example ocr
                 */
                queue: components["schemas"]["Id"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take tasks of a queue
         * @description Gives up to `limit` open tasks, those of jobs with the highest `priority` first, of these the oldest. With `wait`
         *     the answer is held until there is one; who asked first gets it. The list is empty when none came in time: ask
         *     again.
         *
         *     The worker has a task until `expires_at`, and for another `lease_ms` from each heartbeat on. It names the task
         *     with the number of its `lease` in all that it says. A lease that runs out is lost: the task is given to the next
         *     worker that asks, and the first one is answered 409 `LEASE_LOST` and shall stop. Tasks of a paused job are not
         *     given out.
         *
         *     A task may be worked on more than once, when a worker or its network fails. `idempotency_key` is the same each
         *     time: hand it on to what the worker calls. `progress` is what an earlier worker said last of this attempt, so that
         *     the next can go on from there. Least role: operator.
         */
        post: operations["leaseTasks"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tasks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List tasks
         * @description Those that are not over, in the order in which they are given out: of the highest priority the oldest first. All
         *     filters given must fit. Least role: viewer.
         */
        get: operations["listTasks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tasks/{id}/heartbeat": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `task_id`. */
                id: components["parameters"]["TaskId"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Keep a task
         * @description Says that the worker is alive: the lease is extended, once half of it has passed. A third of `lease_ms` is a good
         *     time between two. 409 `LEASE_LOST` says that the worker does not have the task any more, because its lease ran
         *     out or the job was cancelled or has ended: it shall stop. Least role: operator.
         */
        post: operations["heartbeatTask"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tasks/{id}/progress": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `task_id`. */
                id: components["parameters"]["TaskId"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Say how far a task is
         * @description What is said is an event, shown in the job's stream and as `task_progress` of its step, and given to the next
         *     worker if this one fails. It is a heartbeat too, and answered like one. Each is kept in the job's history: say
         *     what people want to see, not every percent of a percent. Least role: operator.
         */
        post: operations["progressTask"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tasks/{id}/complete": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `task_id`. */
                id: components["parameters"]["TaskId"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End a task with an output
         * @description `output` is the output of the node, null when it is absent; the job goes on. The answer is sent once that is
         *     durable. When no answer came, send the same again: it is answered with the header `Idempotent-Replay: true`; a
         *     job remembers its latest 1,000 tasks. 400 when the output does not fit the node's `output_schema`: the worker
         *     still has the task. 409 `LEASE_LOST` when it has not. Least role: operator.
         */
        post: operations["completeTask"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tasks/{id}/fail": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `task_id`. */
                id: components["parameters"]["TaskId"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End a task with a failure
         * @description The attempt of the node has failed: another is made, with a new task, as the node's `retry` says, unless
         *     `retryable` is false. Then the node has failed, and its `on_error` says how the job goes on. A repetition is
         *     answered as for `complete`. 409 `LEASE_LOST` when the worker does not have the task any more.
         *     Least role: operator.
         */
        post: operations["failTask"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/receptors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List receptors
         * @description Least role: viewer.
         */
        get: operations["listReceptors"];
        put?: never;
        /**
         * Make a receptor
         * @description Its target must exist and be active. With the channel `webhook` and without `source_config.signing_secret` a secret is
         *     made, and shown in this answer only. Least role: admin.
         */
        post: operations["createReceptor"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/receptors/{id}": {
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
         * Read a receptor
         * @description Least role: viewer.
         */
        get: operations["getReceptor"];
        put?: never;
        post?: never;
        /**
         * Delete a receptor
         * @description Its share token is revoked. Jobs that it started go on. Least role: admin.
         */
        delete: operations["deleteReceptor"];
        options?: never;
        head?: never;
        /**
         * Change a receptor
         * @description The body is merged into the receptor (JSON Merge Patch, also inside `executable_target` and `source_config`): what is
         *     absent stays, null removes. `signing_secret` takes the place of all secrets; null makes a new one, shown in this
         *     answer only. Least role: admin.
         */
        patch: operations["patchReceptor"];
        trace?: never;
    };
    "/v1/receptors/{id}/fire": {
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
         * Start what a receptor starts
         * @description It must be active and list the channel `http`, and its target must be there and active: 409 `CONFLICT` otherwise.
         *     Least role: operator.
         */
        post: operations["fireReceptor"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/receptors/{workspace_slug}/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Of the key's own workspace. */
                workspace_slug: components["schemas"]["Id"];
                /** @description The id or the slug. */
                id: components["parameters"]["DefinitionId"];
            };
            cookie?: never;
        };
        /**
         * Read a receptor
         * @description The same as `/v1/receptors/{id}`. Least role: viewer.
         */
        get: operations["getReceptorByWorkspace"];
        put?: never;
        post?: never;
        /**
         * Delete a receptor
         * @description The same as `/v1/receptors/{id}`. Least role: admin.
         */
        delete: operations["deleteReceptorByWorkspace"];
        options?: never;
        head?: never;
        /**
         * Change a receptor
         * @description The same as `/v1/receptors/{id}`. Least role: admin.
         */
        patch: operations["patchReceptorByWorkspace"];
        trace?: never;
    };
    "/v1/hooks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The receptor's id. */
                id: components["schemas"]["Id"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take a webhook
         * @description No key is needed, but a signature of [Standard Webhooks](https://www.standardwebhooks.com): HMAC-SHA-256 over
         *     `<webhook-id>.<webhook-timestamp>.<body>` with one of the receptor's secrets. An unknown or inactive receptor, one
         *     without the channel `webhook`, and a bad signature are answered with the same 401, which counts as a bad credential of
         *     its address. A signed message whose time is more than five minutes away is a 400.
         *
         *     The job's input is `{"body", "headers", "webhook_id"}`; names of headers are in lower case. A message makes one job,
         *     for ever: the same `webhook-id`, or the same value of the receptor's `dedupe`, answers the first job again, whatever
         *     the body. 409 `CONFLICT` when the target is gone or not active.
         */
        post: operations["postHook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/receptors/{id}/share": {
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
         * Whether a receptor is shared
         * @description 404 when it has no share token, or none that has not expired. The text is never shown. Least role: viewer.
         */
        get: operations["getReceptorShare"];
        put?: never;
        /**
         * Make the share token of a receptor
         * @description A receptor has one share token at most: 409 `CONFLICT` while it has one that has not expired. The text is shown in
         *     this answer only. Least role: admin.
         */
        post: operations["shareReceptor"];
        /**
         * Revoke the share token of a receptor
         * @description What it opened ends as with the token of a job. Jobs that it started go on. Least role: admin.
         */
        delete: operations["unshareReceptor"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/receptors/{id}/share/rotate": {
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
         * Replace the share token of a receptor
         * @description The old one opens nothing from now on. 404 when there is none that has not expired. Least role: admin.
         */
        post: operations["rotateReceptorShare"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/receptors/{workspace_slug}/{id}/share": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Of the key's own workspace. */
                workspace_slug: components["schemas"]["Id"];
                /** @description The id or the slug. */
                id: components["parameters"]["DefinitionId"];
            };
            cookie?: never;
        };
        /**
         * Whether a receptor is shared
         * @description The same as `/v1/receptors/{id}/share`. 404 when it has no share token, or none that has not expired. The text is never shown. Least role: viewer.
         */
        get: operations["getReceptorShareByWorkspace"];
        put?: never;
        /**
         * Make the share token of a receptor
         * @description The same as `/v1/receptors/{id}/share`. A receptor has one share token at most: 409 `CONFLICT` while it has one that has not expired. The text is shown in
         *     this answer only. Least role: admin.
         */
        post: operations["shareReceptorByWorkspace"];
        /**
         * Revoke the share token of a receptor
         * @description The same as `/v1/receptors/{id}/share`. What it opened ends as with the token of a job. Jobs that it started go on. Least role: admin.
         */
        delete: operations["unshareReceptorByWorkspace"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/receptors/{workspace_slug}/{id}/share/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Of the key's own workspace. */
                workspace_slug: components["schemas"]["Id"];
                /** @description The id or the slug. */
                id: components["parameters"]["DefinitionId"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Replace the share token of a receptor
         * @description The same as `/v1/receptors/{id}/share/rotate`. The old one opens nothing from now on. 404 when there is none that has not expired. Least role: admin.
         */
        post: operations["rotateReceptorShareByWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/public/jobs/{id}/status": {
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
         * The status of a job, by its share token
         * @description For the share token of the job, or of the receptor that started it. It is a status without workspace, input,
         *     labels, definitions, trace, costs, responders and the texts of errors, whose codes stay.
         */
        get: operations["getPublicStatus"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/public/jobs/{id}/stream": {
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
         * Follow a job, by its share token
         * @description As the job's own stream, with `after`, `Last-Event-ID`, pings, and 204 after the end. Its frames are without what
         *     the public status leaves out. It ends when the token is revoked or expires. Unknown parameters are ignored.
         */
        get: operations["streamPublicJob"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/public/receptors/by-id/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The receptor's id. */
                id: components["schemas"]["Id"];
            };
            cookie?: never;
        };
        /**
         * What a shared receptor is for
         * @description For the share token of the receptor.
         */
        get: operations["getPublicReceptorById"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/public/receptors/by-id/{id}/execute": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The receptor's id. */
                id: components["schemas"]["Id"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Start what a shared receptor starts
         * @description The token is given once, as `t` or as `share_token`. The job can be read at `status_url` and followed at
         *     `stream_url` with the same token, as every job that the receptor started can. With `Prefer: wait=N` the answer
         *     is the public status. 409 `CONFLICT` when the receptor or its target cannot be started now.
         */
        post: operations["executePublicReceptorById"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/public/receptors/{workspace_slug}/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                workspace_slug: components["schemas"]["Id"];
                /** @description The id or the slug. */
                id: components["parameters"]["DefinitionId"];
            };
            cookie?: never;
        };
        /**
         * What a shared receptor is for
         * @description The receptor is named by its workspace and its slug or id. For the share token of the receptor.
         */
        get: operations["getPublicReceptor"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/public/receptors/{workspace_slug}/{id}/execute": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                workspace_slug: components["schemas"]["Id"];
                /** @description The id or the slug. */
                id: components["parameters"]["DefinitionId"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Start what a shared receptor starts
         * @description The receptor is named by its workspace and its slug or id. The token is given once, as `t` or as `share_token`. The job can be read at `status_url` and followed at
         *     `stream_url` with the same token, as every job that the receptor started can. With `Prefer: wait=N` the answer
         *     is the public status. 409 `CONFLICT` when the receptor or its target cannot be started now.
         */
        post: operations["executePublicReceptor"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/public/interventions/{token}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The share token of the delivery.
                 * @example rv_share_EzXz0x1v5gQ00000000000000000000000000000000
                 */
                token: components["parameters"]["DeliveryToken"];
            };
            cookie?: never;
        };
        /**
         * A question, by its delivery
         * @description It changes nothing, however often it is asked.
         */
        get: operations["getDelivery"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/public/interventions/{token}/respond": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The share token of the delivery.
                 * @example rv_share_EzXz0x1v5gQ00000000000000000000000000000000
                 */
                token: components["parameters"]["DeliveryToken"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Answer a question, by its delivery
         * @description The same rule as on every other route: each responder answers once. 409 `ALREADY_ANSWERED` for a second answer,
         *     `JOB_NOT_WAITING` when none is awaited any more; 400 for a wrong action or fields.
         */
        post: operations["answerDelivery"];
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
         * Format: go-duration
         * @description Units are h, m, s and smaller; at most ten years.
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
            code: "VALIDATION_ERROR" | "JOB_FINISHED" | "AUTH_REQUIRED" | "FORBIDDEN" | "NOT_FOUND" | "METHOD_NOT_ALLOWED" | "NOT_ACCEPTABLE" | "CONFLICT" | "JOB_NOT_WAITING" | "JOB_NOT_RESUMABLE" | "ALREADY_ANSWERED" | "IDEMPOTENCY_MISMATCH" | "LEASE_LOST" | "GONE" | "PAYLOAD_TOO_LARGE" | "UNSUPPORTED_MEDIA_TYPE" | "RATE_LIMIT" | "INTERNAL_SERVER_ERROR" | "UNAVAILABLE";
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
        /**
         * @description How many jobs of a `concurrency_key` may have begun and not ended; waiting and paused ones count. At most 1,000
         *     keys. A key without a limit is not limited.
         */
        ConcurrencyLimits: {
            [key: string]: number;
        };
        Quotas: {
            /** @description Jobs that have not ended. */
            open_jobs?: number | null;
            /** @description Bytes of the events of all its jobs that are not deleted, with what is stored apart from them. */
            event_bytes?: number | null;
            /** @description Streams that are open at once. */
            streams?: number | null;
        };
        WorkspaceDetail: {
            id: components["schemas"]["Id"];
            slug: components["schemas"]["Id"];
            name: string;
            created_at: components["schemas"]["Time"];
            /** @description The workspace's own. */
            settings: {
                concurrency_limits: components["schemas"]["ConcurrencyLimits"];
                endpoint_limits: components["schemas"]["EndpointLimits"];
                /** @description Null: the instance's own counts. */
                quotas: components["schemas"]["Quotas"];
            };
            /** @description In effect. Null: without bound. */
            quotas: components["schemas"]["Quotas"];
            /** @description What its jobs use, as far as the views have counted. */
            usage: {
                open_jobs: number;
                events: number;
                event_bytes: number;
                streams: number;
            };
        };
        WorkspacePatch: {
            workspace_id?: components["schemas"]["OwnWorkspace"];
            name?: string;
            settings?: {
                concurrency_limits?: components["schemas"]["ConcurrencyLimits"];
                endpoint_limits?: components["schemas"]["EndpointLimits"];
                /** @description Null or nothing leaves one to the instance. */
                quotas?: components["schemas"]["Quotas"];
            };
        };
        /**
         * @description Bounds on the calls of http and llm neurons, http nodes and http tools to an endpoint: a host in lower case, with
         *     its port unless that is the usual one of http or https. At most 1,000.
         */
        EndpointLimits: {
            [key: string]: {
                /** @description Calls at once. */
                concurrency?: number | null;
                /** @description Calls that begin. */
                per_minute?: number | null;
                /** @description Of `per_minute`; how many may begin at once after a while without any. 1 when absent. */
                burst?: number | null;
            };
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
        Secret: {
            name: string;
            workspace_id: components["schemas"]["Id"];
            /** @description Each new value has the next. */
            version: number;
            created_at: components["schemas"]["Time"];
            updated_at: components["schemas"]["Time"];
        };
        SecretRequest: {
            workspace_id?: components["schemas"]["OwnWorkspace"];
            /** @description 8 bytes to 64 KiB of text without NUL. What is sent in a header must be one line. */
            value: string;
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
            /** @description From the job's start to its end, at least 1ms. */
            timeout?: components["schemas"]["Duration"];
            /**
             * @description The higher begins first, among the jobs of the workspace.
             * @default 0
             */
            priority?: number | null;
            /**
             * @description Jobs of one key share the limit that the workspace's settings have for it: a job that would be one too many
             *     stays `pending` until another has ended.
             */
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
        /** @description A node that waits for the first of some signals. */
        EventWait: {
            /** @constant */
            type: "event";
            events: string[];
            node_id: string;
            /** @description When the node's `timeout` fails it. */
            expires_at: components["schemas"]["TimeOrNull"];
        };
        /** @description What a waiting job waits for. */
        Awaited: components["schemas"]["Question"] | components["schemas"]["EventWait"];
        Signalled: {
            job_id: components["schemas"]["Id"];
            status: components["schemas"]["Status"];
            /** @description The job's place in the log after the signal. */
            cursor: components["schemas"]["Cursor"];
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
            /** @description How many may answer at all; absent when that is not known. */
            responders?: number;
            expires_at: components["schemas"]["TimeOrNull"];
        };
        Intervention: {
            status: components["schemas"]["InterventionStatus"];
            /** @description What it ended with: one of `actions`, or `undecided` when none can have enough responders any more. Null while it is pending, and when it ended without an action. */
            action: components["schemas"]["StringOrNull"];
            /** @description How often people were reminded of it. */
            reminders: number;
            /** @description The last time. */
            reminded_at: components["schemas"]["TimeOrNull"];
            created_at: components["schemas"]["Time"];
            /** @description The action that a resume without input takes. */
            default?: string;
            on_expire?: string;
            /** @description The tool call of a model that it allows or does not; absent with the question of a human node. */
            reflex_call?: components["schemas"]["ReflexCall"];
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
        /** @enum {unknown} */
        TaskStatus: "open" | "leased";
        /** @description The `lease` that the task came with. */
        LeaseNumber: number;
        /** @description What a worker outside is asked to do. */
        Task: {
            task_id: components["schemas"]["Id"];
            queue: components["schemas"]["Id"];
            node_id: string;
            visit: number;
            attempt: number;
            /** @description `open`: whoever asks first gets it. `leased`: a worker has it. */
            status: components["schemas"]["TaskStatus"];
            created_at: components["schemas"]["Time"];
            /** @description When its status became what it is. */
            since: components["schemas"]["Time"];
            /** @description How often it was leased. */
            lease: number;
            /** @description What the worker that has it calls itself. */
            worker: components["schemas"]["StringOrNull"];
            /** @description When its lease runs out. */
            expires_at: components["schemas"]["TimeOrNull"];
            /** @description When the node's `timeout` ends it. */
            until: components["schemas"]["TimeOrNull"];
            /** @description How long a lease is, in milliseconds. */
            lease_ms: number;
            /** @description How many leases may run out before the attempt fails. */
            max_leases?: number;
            progress: components["schemas"]["TaskProgress"];
        };
        /** @description What a worker said last, or null. */
        TaskProgress: {
            percent?: number;
            message?: string;
            data?: components["schemas"]["Any"];
        } | null;
        /** @description A task as the worker that has it gets it. */
        LeasedTask: {
            task_id: components["schemas"]["Id"];
            /** @description Say it in all that is said of the task. */
            lease: components["schemas"]["LeaseNumber"];
            queue: components["schemas"]["Id"];
            input: components["schemas"]["Any"];
            /** @description When the lease runs out. */
            expires_at: components["schemas"]["Time"];
            /** @description How long it is extended by a heartbeat, in milliseconds. */
            lease_ms: number;
            /** @description When the node's `timeout` ends the task. */
            until: components["schemas"]["TimeOrNull"];
            /** @description The same whenever this visit of the node is worked on. */
            idempotency_key: string;
            job_id: components["schemas"]["Id"];
            node_id: string;
            visit: number;
            /** @description Of the visit. */
            attempt: number;
            trace_id: components["schemas"]["StringOrNull"];
            progress: components["schemas"]["TaskProgress"];
        };
        Queue: {
            queue: components["schemas"]["Id"];
            /** @description Tasks that nobody has. */
            open: number;
            /** @description Tasks that a worker has. */
            leased: number;
            /** @description Requests of workers that wait for one. */
            waiting: number;
            /** @description When the longest waiting open task was put there. */
            oldest: components["schemas"]["TimeOrNull"];
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
            /** @description With type map: how many items its list has, and how many of them have ended. */
            items?: {
                total: number;
                succeeded: number;
                /** @description Those that were cancelled counted. */
                failed: number;
            };
            /** @description Of a node of type `worker`; absent when none said something. */
            task_progress?: components["schemas"]["TaskProgress"];
            /** @description With type pathway: the sub-job of the current visit, or the last. */
            job_id?: components["schemas"]["Id"];
        };
        Job: {
            job_id: components["schemas"]["Id"];
            workspace_id: components["schemas"]["Id"];
            status: components["schemas"]["Status"];
            /** @description Never falling. */
            progress: number;
            current_step: components["schemas"]["StringOrNull"];
            failedReason: components["schemas"]["StringOrNull"];
            /** @description Any JSON when completed, else null; null too when it is large, then `result_url` is there. */
            result: components["schemas"]["Any"];
            /** @description Of a large result. */
            result_bytes?: number;
            /** @description How the JSON text of a large result begins, at most 1 KiB. */
            result_preview?: string;
            /** @description Where the whole of a large result is. */
            result_url?: string;
            /** @description The oldest open question or wait for a signal, while the job waits. */
            waitingFor: components["schemas"]["Awaited"] | null;
            created_at: components["schemas"]["Time"];
            processed_at: components["schemas"]["TimeOrNull"];
            finished_at: components["schemas"]["TimeOrNull"];
            /** @description The last event folded in; the ETag. */
            cursor: components["schemas"]["Cursor"];
            pathway_id: components["schemas"]["StringOrNull"];
            pathway_version: number | null;
            neuron_id: components["schemas"]["StringOrNull"];
            receptor_id: components["schemas"]["StringOrNull"];
            trace_id: components["schemas"]["StringOrNull"];
            rerun_of: components["schemas"]["StringOrNull"];
            parent: components["schemas"]["Parent"] | null;
            labels: {
                [key: string]: string;
            };
            priority?: number;
            run_at?: components["schemas"]["Time"];
            /** @description The time of its receptor's schedule that started it, when one did. */
            tick?: components["schemas"]["Time"];
            error: components["schemas"]["JobError"] | null;
            steps: components["schemas"]["Step"][];
            interventions: components["schemas"]["Intervention"][];
            /** @description The nodes that wait for a signal, the longest waiting first, also while other nodes are at work. */
            waits: ({
                since: components["schemas"]["Time"];
            } & components["schemas"]["EventWait"])[];
            /** @description Of workers, that are not over, the oldest first. */
            tasks: components["schemas"]["Task"][];
            /** @description The tool calls of models that have no result yet, in order. */
            reflex_calls?: components["schemas"]["ReflexCall"][];
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
        /** @description A tool call of a model. */
        ReflexCall: {
            node_id: string;
            /** @description Names it within the visit of the node. */
            call_id: string;
            /** @description Of the tool. */
            name: string;
            /** @description What the model gives it. */
            arguments: components["schemas"]["Any"];
        };
        /** @description The step that started a sub-job. */
        Parent: {
            job_id: components["schemas"]["Id"];
            /** @description Within a map it is a path, such as `each/3/call`. */
            node_id: string;
        };
        NewShare: {
            /** @description The text; shown once. */
            token: string;
            /** @description What it opens, with the token in it; below the setting `public_url`, else below the address of this request. */
            url: string;
            expires_at: components["schemas"]["Time"];
        };
        Share: {
            /** @description What the token starts is recorded under it. */
            id: components["schemas"]["Id"];
            created_at: components["schemas"]["Time"];
            expires_at: components["schemas"]["TimeOrNull"];
        };
        PublicReceptor: {
            name: string;
            description: string;
            /** @description JSON Schema of what its neuron takes, or null. */
            input_schema: components["schemas"]["Any"];
        };
        PublicStarted: {
            job_id: components["schemas"]["Id"];
            /** @constant */
            status: "pending";
            cursor: components["schemas"]["Cursor"];
            /** @description The public status, without the token: add it as `t`. */
            status_url: string;
            /** @description The public stream, without the token. */
            stream_url: string;
        };
        PublicQuestion: {
            prompt: string;
            actions: string[];
            /** @description JSON Schema of the answer's fields, or null. */
            fields: components["schemas"]["Any"];
            /** @description Distinct responders that must agree. */
            required: number;
            /** @description When this delivery ends. */
            expires_at: components["schemas"]["TimeOrNull"];
            status: components["schemas"]["InterventionStatus"];
            /** @description By the one it was delivered to. */
            answered: boolean;
        };
        /** @description A Job without what the public may not see. */
        PublicJob: {
            job_id: components["schemas"]["Id"];
            status: components["schemas"]["Status"];
            /** @description Never falling. */
            progress: number;
            current_step: components["schemas"]["StringOrNull"];
            /** @enum {unknown} */
            failedReason: "the job failed" | "cancelled" | null;
            /** @description Any JSON when completed, else null. A `responder` that the engine put there is null, and the `message` of a step's error a general one. */
            result: components["schemas"]["Any"];
            /** @description Of a large result, of which no more is shown. */
            result_bytes?: number;
            waitingFor: components["schemas"]["Awaited"] | null;
            created_at: components["schemas"]["Time"];
            processed_at: components["schemas"]["TimeOrNull"];
            finished_at: components["schemas"]["TimeOrNull"];
            /** @description The last event folded in; the ETag. */
            cursor: components["schemas"]["Cursor"];
            /** @description Its code; the message is a general one. */
            error: components["schemas"]["JobError"] | null;
            steps: {
                node_id: string;
                type: string;
                /** @enum {unknown} */
                status: "pending" | "running" | "retrying" | "waiting" | "succeeded" | "failed" | "skipped" | "cancelled";
                visits: number;
                attempts: number;
                started_at: components["schemas"]["TimeOrNull"];
                finished_at: components["schemas"]["TimeOrNull"];
            }[];
            interventions: ({
                status: components["schemas"]["InterventionStatus"];
                created_at: components["schemas"]["Time"];
            } & components["schemas"]["Question"])[];
            /** @description Of the graph; what progress is measured against. */
            nodes: number;
        };
        Explanation: {
            job_id: components["schemas"]["Id"];
            status: components["schemas"]["Status"];
            /** @description The last event that was looked at. */
            cursor: components["schemas"]["Cursor"];
            parent: components["schemas"]["Parent"] | null;
            /** @description One line. */
            summary: string;
            /** @description Empty only for a job that is just about to go on. */
            reasons: {
                /**
                 * @description `paused`: an operator paused it. `run_at`: its time has not come. `running`: a step is at work.
                 *     `retry`: a step failed and is tried again later. `delay`: a step waits for a time. `room`: it could
                 *     go on, and all workers are busy. `concurrency`: other jobs of its concurrency key have all places.
                 *     `endpoint`: a step's call waits for a place at an endpoint that has a limit.
                 *     `intervention`: a human is asked. `event`: a signal is awaited. `task`: a worker
                 *     has a task, or none took it yet. `join`: not enough has come to a node
                 *     that starts with some of what leads to it. `lock`: another step has a step's lock. `items`: items of a map have not ended. `sub_job`: a sub-job has not ended. `deadline`: when its timeout will fail it. `completed`, `failed`,
                 *     `cancelled`: it has ended.
                 * @enum {unknown}
                 */
                kind: "paused" | "run_at" | "running" | "retry" | "delay" | "room" | "concurrency" | "endpoint" | "intervention" | "event" | "task" | "join" | "lock" | "items" | "sub_job" | "deadline" | "completed" | "failed" | "cancelled";
                node_id: components["schemas"]["StringOrNull"];
                /** @description Of the node. */
                attempt?: number;
                /** @description The commit that made it so. */
                since: components["schemas"]["Cursor"];
                /** @description When it ends by itself. */
                until: components["schemas"]["TimeOrNull"];
                interventionId: components["schemas"]["StringOrNull"];
                /** @description With kind task. */
                task_id?: components["schemas"]["Id"];
                /** @description With kind concurrency: whose places are taken. */
                concurrency_key?: string;
                /** @description With kind endpoint: the host, with its port. */
                endpoint?: string;
                /** @description Of the concurrency key, or of the endpoint's calls at once. */
                limit?: number;
                /** @description With kind endpoint: calls that may begin. */
                per_minute?: number;
                /** @description Those that have the places of the concurrency key, ten at most. */
                jobs?: components["schemas"]["Id"][];
                /** @description With kind sub_job: the job that is awaited. */
                job_id?: components["schemas"]["Id"];
                /** @description Jobs of the workspace, or calls, that stand before it in line. */
                ahead?: number;
                /** @description Who paused or ended it. */
                by?: {
                    id: string;
                    /**
                     * @example key
                     * @example share
                     * @example engine
                     */
                    kind: string;
                };
                message: string;
            }[];
        };
        /** @enum {unknown} */
        EventType: "job.submitted" | "job.started" | "job.waiting" | "job.paused" | "job.resumed" | "job.completed" | "job.failed" | "job.cancelled" | "job.deleted" | "job.erased" | "node.started" | "node.succeeded" | "node.failed" | "node.retrying" | "node.skipped" | "node.waiting" | "node.looped" | "node.reused" | "node.cancelled" | "signal.received" | "signal.taken" | "intervention.opened" | "intervention.answered" | "intervention.expired" | "intervention.reminded" | "node.fanned" | "item.succeeded" | "item.failed" | "node.spawned" | "node.stopped" | "task.opened" | "task.leased" | "task.extended" | "task.progressed" | "task.expired" | "turn.completed" | "reflex.called" | "reflex.answered";
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
                 * @example share
                 * @example engine
                 */
                kind: string;
            };
            /** @description The event's own fields. User data is `{"sha256", "value"}`, or `{"sha256", "apart", "size"}` when it is large and stored apart; the digest alone once erased. */
            data: Record<string, unknown>;
            prev_hash: components["schemas"]["Hash"];
            hash: components["schemas"]["Hash"];
        };
        /** @description The data of one server-sent event. Clients must tolerate new types and fields. */
        Frame: {
            /**
             * @example state_update
             * @example token
             * @example reflex_call
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
            waitingFor?: components["schemas"]["Awaited"] | null;
            /** @description The events of the commit. */
            events?: {
                n: number;
                type: components["schemas"]["EventType"];
                node?: string;
                visit?: number;
                /** @description Of `task.progressed`. */
                task_progress?: components["schemas"]["TaskProgress"];
                attempt?: number;
            }[];
            /** @description Of `token`: some words of a step's output. */
            token?: string;
            /** @description Of `token`, `reflex_call` and `content_block`. */
            node_id?: string;
            visit?: number;
            /** @description A new attempt voids the text of the one before. */
            attempt?: number;
            /** @description Of `content_block`: what the step gave. */
            output?: components["schemas"]["Any"];
            /** @description The start of an output that is too large for a frame, or stored apart. */
            output_preview?: string;
            output_bytes?: number;
            /** @description Where the whole is. */
            output_url?: string;
            /** @description Further steps that ended with an output. */
            ended?: Record<string, unknown>[];
            /** @description Of `reflex_call`: names the tool call within the visit of the node. */
            call_id?: string;
            /** @description Of `reflex_call`: the tool. */
            name?: string;
            /** @description Of `reflex_call`: what the model gives the tool, when it asks for it. */
            arguments?: components["schemas"]["Any"];
            /** @description Of `reflex_call`: further calls of the same step, each with `call_id`, `name`, and `arguments`, `result` or `error`. */
            calls?: Record<string, unknown>[];
            /** @description Of `complete`; of `reflex_call` the tool's, once it is there. */
            result?: components["schemas"]["Any"];
            /** @description The start of a result that is too large for a frame. */
            result_preview?: string;
            result_bytes?: number;
            /** @description Where the whole is. */
            result_url?: string;
            /** @description Of `error`; of `reflex_call` why the tool has no result. */
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
        /** @description What a receptor starts. */
        Target: {
            /** @enum {unknown} */
            kind: "neuron" | "pathway";
            /** @description The id or the slug. */
            id: components["schemas"]["Id"];
        };
        /** @description On which channels it fires. A share token starts it whatever they are. */
        Channels: ("cron" | "http" | "webhook")[];
        Source: {
            /** @description Of `cron`: 5 fields, 6 with seconds first, `@daily` and the like, or `@every 10s`. */
            schedule?: string;
            /** @description Of `cron`: an IANA name. UTC when absent. */
            timezone?: string;
            /**
             * @description Of `cron`: what becomes of a time while the job of an earlier one has not ended: `skip` (also when absent) passes it, `queue` lets its job wait, `replace` cancels the earlier job.
             * @enum {unknown}
             */
            overlap?: "" | "skip" | "queue" | "replace";
            /** @description Of `cron`: whether times missed while the server was down are made up for, the newest 100 of them. Without it only the newest one fires, if it is a minute late at most. */
            catch_up?: boolean;
            /** @description Of `cron`: the input of its jobs. */
            input?: components["schemas"]["Any"];
            /** @description Of `webhook`: an expression over `body` and `headers`. Messages for which it gives the same string, number or boolean are one. The `webhook-id` when absent. */
            dedupe?: string;
            /** @description `whsec_` and base64, in the answer that made it. */
            signing_secret?: string;
        };
        /** @description See `Source`. No answer shows the secrets that are given here. */
        SourceRequest: {
            schedule?: components["schemas"]["StringOrNull"];
            timezone?: components["schemas"]["StringOrNull"];
            /** @enum {string|null} */
            overlap?: "" | "skip" | "queue" | "replace" | null;
            catch_up?: boolean | null;
            input?: components["schemas"]["Any"];
            dedupe?: components["schemas"]["StringOrNull"];
            /** @description `whsec_` and base64 of 24 to 64 bytes; while they are rotated a list of at most 5, the newest first. */
            signing_secret?: components["schemas"]["StringOrNull"] | string[];
        } | null;
        Receptor: {
            id: components["schemas"]["Id"];
            workspace_id: components["schemas"]["Id"];
            name: string;
            slug: components["schemas"]["Id"];
            description: string;
            executable_target: components["schemas"]["Target"];
            active_channels: components["schemas"]["Channels"];
            source_config: components["schemas"]["Source"];
            /** @description Only an active one starts anything. */
            is_active: boolean;
            version: number;
            created_at: components["schemas"]["Time"];
            updated_at: components["schemas"]["Time"];
            /** @description When it next fires by its schedule. */
            next_tick: components["schemas"]["TimeOrNull"];
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
        /** @description The JSON, byte for byte as it was stored. */
        Data: {
            headers: {
                /** @description Its SHA-256 in quotes. */
                ETag?: string;
                /** @description `bytes` */
                "Accept-Ranges"?: string;
                "Content-Length"?: number;
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "text": "Nerves carry impulses."
                 *     }
                 */
                "application/json": components["schemas"]["Any"];
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
        /** @description The worker has the task. */
        Extended: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "expires_at": "2026-01-02T15:06:05.000Z"
                 *     }
                 */
                "application/json": {
                    /** @description When the lease runs out now. */
                    expires_at: components["schemas"]["Time"];
                };
            };
        };
        /** @description The task is over. `cursor` is the job's place in the log. */
        EndedTask: {
            headers: {
                "Idempotent-Replay": components["headers"]["IdempotentReplay"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "task_id": "019a1c2e-7f00-7000-8000-000000000000_1",
                 *       "job_id": "019a1c2e-7f00-7000-8000-000000000000",
                 *       "cursor": "12345-0"
                 *     }
                 */
                "application/json": {
                    task_id: components["schemas"]["Id"];
                    job_id: components["schemas"]["Id"];
                    cursor: components["schemas"]["Cursor"];
                };
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
                 *       "action": "approve",
                 *       "reminders": 1,
                 *       "reminded_at": "2026-01-02T15:03:00.001Z",
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
        /** @description The share token, shown once. */
        Shared: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "token": "rv_share_EzXz0x1v5gQ00000000000000000000000000000000",
                 *       "url": "https://jobs.example.org/v1/public/jobs/019a1c2e-7f00-7000-8000-000000000000/status?t=rv_share_EzXz0x1v5gQ00000000000000000000000000000000",
                 *       "expires_at": "2026-01-09T15:04:05.000Z"
                 *     }
                 */
                "application/json": components["schemas"]["NewShare"];
            };
        };
        /** @description The job's status as the public may see it. */
        PublicStatus: {
            headers: {
                ETag: components["headers"]["ETag"];
                "Preference-Applied": components["headers"]["PreferenceApplied"];
                "RateLimit-Limit": components["headers"]["RateLimitLimit"];
                "RateLimit-Remaining": components["headers"]["RateLimitRemaining"];
                "RateLimit-Reset": components["headers"]["RateLimitReset"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["PublicJob"];
            };
        };
        /** @description The client asked to wait, and the job has ended or needs a human. */
        PublicStatusAfterWait: {
            headers: {
                Location: components["headers"]["Location"];
                ETag: components["headers"]["ETag"];
                "Idempotent-Replay": components["headers"]["IdempotentReplay"];
                "Preference-Applied": components["headers"]["PreferenceApplied"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["PublicJob"];
            };
        };
        /** @description The job is durable. */
        PublicStarted: {
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
                 *       "cursor": "12345-0",
                 *       "status_url": "https://jobs.example.org/v1/public/jobs/019a1c2e-7f00-7000-8000-000000000000/status",
                 *       "stream_url": "https://jobs.example.org/v1/public/jobs/019a1c2e-7f00-7000-8000-000000000000/stream"
                 *     }
                 */
                "application/json": components["schemas"]["PublicStarted"];
            };
        };
        /** @description The question as it is. */
        PublicQuestion: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "prompt": "Publish this?",
                 *       "actions": [
                 *         "approve",
                 *         "reject"
                 *       ],
                 *       "fields": null,
                 *       "required": 1,
                 *       "expires_at": "2026-01-03T15:04:05.000Z",
                 *       "status": "pending",
                 *       "answered": false
                 *     }
                 */
                "application/json": components["schemas"]["PublicQuestion"];
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
        /** @description The receptor. */
        Receptor: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "id": "019a1c2e-7f00-7000-8000-000000000000",
                 *       "workspace_id": "default",
                 *       "name": "Orders",
                 *       "slug": "orders",
                 *       "description": "",
                 *       "executable_target": {
                 *         "kind": "pathway",
                 *         "id": "publish"
                 *       },
                 *       "active_channels": [
                 *         "cron",
                 *         "webhook"
                 *       ],
                 *       "source_config": {
                 *         "schedule": "0 9 * * mon-fri",
                 *         "dedupe": "body.order.id"
                 *       },
                 *       "is_active": true,
                 *       "version": 1,
                 *       "created_at": "2026-01-02T15:04:05.000Z",
                 *       "updated_at": "2026-01-02T15:04:05.000Z",
                 *       "next_tick": "2026-01-05T09:00:00.000Z"
                 *     }
                 */
                "application/json": components["schemas"]["Receptor"];
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
        /** @description The `task_id`. */
        TaskId: components["schemas"]["Id"];
        /** @description The id or the slug. */
        DefinitionId: components["schemas"]["Id"];
        /**
         * @description The share token, given once. Without one, or with a bad one, it is a 404.
         * @example rv_share_EzXz0x1v5gQ00000000000000000000000000000000
         */
        ShareToken: string;
        /** @description When it is given it must be the job's, else it is a 404. */
        ShareTrace: string;
        /**
         * @description The share token of the delivery.
         * @example rv_share_EzXz0x1v5gQ00000000000000000000000000000000
         */
        DeliveryToken: string;
        /** @description The trace's id as it was given at the start of a job, percent-encoded. */
        TraceId: string;
        /** @description The version's number, from 1. */
        Version: number;
        /**
         * @description The same key on the same route names the same job: a repetition is answered with it and the header
         *     `Idempotent-Replay: true`. With another body it is 409 `IDEMPOTENCY_MISMATCH`. Equal JSON values are equal bodies.
         */
        IdempotencyKey: string;
        /** @description A signal with the same key counts once in the job. */
        SignalKey: string;
        /**
         * @description `wait=N` holds the answer until the job has ended or waits for an answer or a signal, at most N seconds, at most 60.
         * @example wait=10
         */
        Prefer: string;
        /** @description A cursor or a time between the job's start and now. */
        At: string;
        /** @description A cursor; empty, `0` and `0-0` are the beginning. */
        After: string;
        IfNoneMatch: string;
        /**
         * @description One range of bytes, `bytes=from-to`; another one is ignored.
         * @example bytes=0-1048575
         */
        Range: string;
        Limit: number;
        Offset: number;
        /** @description Text in the name, slug or description, in upper or lower case. */
        Search: string;
        SortBy: "created_at" | "updated_at" | "name";
        SortDirection: "desc" | "asc";
    };
    requestBodies: {
        Share: {
            content: {
                /**
                 * @example {
                 *       "expires_in": "24h"
                 *     }
                 */
                "application/json": {
                    workspace_id?: components["schemas"]["OwnWorkspace"];
                    /** @description 1s to 8784h; 168h when absent. */
                    expires_in?: components["schemas"]["Duration"];
                };
            };
        };
        ReceptorPatch: {
            content: {
                /**
                 * @example {
                 *       "is_active": false,
                 *       "source_config": {
                 *         "timezone": "Europe/Vienna"
                 *       }
                 *     }
                 */
                "application/json": {
                    workspace_id?: components["schemas"]["OwnWorkspace"];
                    name?: components["schemas"]["Name"];
                    slug?: components["schemas"]["OptionalSlug"];
                    description?: string | null;
                    executable_target?: {
                        /** @enum {unknown} */
                        kind?: "neuron" | "pathway";
                        id?: components["schemas"]["Id"];
                    };
                    active_channels?: components["schemas"]["Channels"] | null;
                    source_config?: components["schemas"]["SourceRequest"];
                    is_active?: boolean | null;
                };
            };
        };
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
                    /** @description `llm`, `http`, `worker` or `echo`. */
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
    getDocs: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page. */
            200: {
                headers: {
                    /** @description Of the page. With If-None-Match it is sent once. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description It is as the client has it. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Error"];
        };
    };
    getDocsFile: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description What the page names. */
                file: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A script or a style sheet. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/javascript": string;
                    "text/css": string;
                };
            };
            /** @description It is as the client has it. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
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
    getWorkspace: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The workspace's id, which is its slug. */
                id: components["schemas"]["Id"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The workspace. */
            200: {
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
                     *       "settings": {
                     *         "concurrency_limits": {
                     *           "crm": 4
                     *         },
                     *         "endpoint_limits": {
                     *           "api.openai.com": {
                     *             "concurrency": 8,
                     *             "per_minute": 120,
                     *             "burst": null
                     *           }
                     *         },
                     *         "quotas": {
                     *           "open_jobs": 10000,
                     *           "event_bytes": null,
                     *           "streams": null
                     *         }
                     *       },
                     *       "quotas": {
                     *         "open_jobs": 10000,
                     *         "event_bytes": 10000000000,
                     *         "streams": null
                     *       },
                     *       "usage": {
                     *         "open_jobs": 12,
                     *         "events": 48210,
                     *         "event_bytes": 36408221,
                     *         "streams": 3
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["WorkspaceDetail"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    patchWorkspace: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The workspace's id, which is its slug. */
                id: components["schemas"]["Id"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Research",
                 *       "settings": {
                 *         "concurrency_limits": {
                 *           "crm": 4
                 *         },
                 *         "endpoint_limits": {
                 *           "api.openai.com": {
                 *             "concurrency": 8,
                 *             "per_minute": 120
                 *           }
                 *         }
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["WorkspacePatch"];
            };
        };
        responses: {
            /** @description The workspace as it is now. */
            200: {
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
                     *       "settings": {
                     *         "concurrency_limits": {
                     *           "crm": 4
                     *         },
                     *         "endpoint_limits": {
                     *           "api.openai.com": {
                     *             "concurrency": 8,
                     *             "per_minute": 120,
                     *             "burst": null
                     *           }
                     *         },
                     *         "quotas": {
                     *           "open_jobs": 10000,
                     *           "event_bytes": null,
                     *           "streams": null
                     *         }
                     *       },
                     *       "quotas": {
                     *         "open_jobs": 10000,
                     *         "event_bytes": 10000000000,
                     *         "streams": null
                     *       },
                     *       "usage": {
                     *         "open_jobs": 12,
                     *         "events": 48210,
                     *         "event_bytes": 36408221,
                     *         "streams": 3
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["WorkspaceDetail"];
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
    listSecrets: {
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
                     *       "secrets": [
                     *         {
                     *           "name": "crm_token",
                     *           "workspace_id": "default",
                     *           "version": 2,
                     *           "created_at": "2026-01-02T15:04:05.000Z",
                     *           "updated_at": "2026-02-01T09:00:00.000Z"
                     *         }
                     *       ],
                     *       "total": 1,
                     *       "limit": 20,
                     *       "offset": 0
                     *     }
                     */
                    "application/json": {
                        secrets: components["schemas"]["Secret"][];
                        total: components["schemas"]["Total"];
                        limit: number;
                        offset: number;
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    getSecret: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The secret's name, as in `{{ secret.name }}`. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The secret without its value. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "name": "crm_token",
                     *       "workspace_id": "default",
                     *       "version": 2,
                     *       "created_at": "2026-01-02T15:04:05.000Z",
                     *       "updated_at": "2026-02-01T09:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Secret"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    putSecret: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The secret's name, as in `{{ secret.name }}`. */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "value": "9f2c41d07be84c1aa6f0"
                 *     }
                 */
                "application/json": components["schemas"]["SecretRequest"];
            };
        };
        responses: {
            /** @description It has a new value. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "name": "crm_token",
                     *       "workspace_id": "default",
                     *       "version": 2,
                     *       "created_at": "2026-01-02T15:04:05.000Z",
                     *       "updated_at": "2026-02-01T09:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Secret"];
                };
            };
            /** @description It is made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "name": "crm_token",
                     *       "workspace_id": "default",
                     *       "version": 1,
                     *       "created_at": "2026-01-02T15:04:05.000Z",
                     *       "updated_at": "2026-01-02T15:04:05.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Secret"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    deleteSecret: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The secret's name, as in `{{ secret.name }}`. */
                name: string;
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
                /** @description Of sub-jobs. */
                parent_id?: components["schemas"]["Id"];
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
                 * @description `wait=N` holds the answer until the job has ended or waits for an answer or a signal, at most N seconds, at most 60.
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
                 * @description `wait=N` holds the answer until the job has ended or waits for an answer or a signal, at most N seconds, at most 60.
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
    deleteJob: {
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
            /** @description The job is deleted and what it held is erased. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
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
                 * @description `wait=N` holds the answer until the job has ended or waits for an answer or a signal, at most N seconds, at most 60.
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
                     *       "parent": null,
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
    getResult: {
        parameters: {
            query?: never;
            header?: {
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /**
                 * @description One range of bytes, `bytes=from-to`; another one is ignored.
                 * @example bytes=0-1048575
                 */
                Range?: components["parameters"]["Range"];
            };
            path: {
                /** @description The job's id. */
                id: components["parameters"]["JobId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Data"];
            /** @description The part that was asked for. */
            206: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The client has it. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Error"];
        };
    };
    getStepOutput: {
        parameters: {
            query?: {
                /** @description The visit, of a node that a loop has reached several times; absent or 0, the last one that gave an output. */
                visit?: number;
            };
            header?: {
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /**
                 * @description One range of bytes, `bytes=from-to`; another one is ignored.
                 * @example bytes=0-1048575
                 */
                Range?: components["parameters"]["Range"];
            };
            path: {
                /** @description The job's id. */
                id: components["parameters"]["JobId"];
                /**
                 * @description The id of a node. A node inside a map is named by its path, `<map>/<index>/<node>`, an item by `<map>/<index>`;
                 *     a slash is best written `%2F`, and may be one.
                 * @example draft
                 */
                node: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Data"];
            /** @description The part that was asked for. */
            206: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The client has it. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
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
    signalJob: {
        parameters: {
            query?: never;
            header?: {
                /** @description A signal with the same key counts once in the job. */
                "Idempotency-Key"?: components["parameters"]["SignalKey"];
            };
            path: {
                /** @description The job's id. */
                id: components["parameters"]["JobId"];
                /**
                 * @description The signal's name, as a node of type `wait_event` has it.
                 * @example paid
                 */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "amount": 120,
                 *       "currency": "EUR"
                 *     }
                 */
                "application/json": components["schemas"]["Any"];
            };
        };
        responses: {
            /** @description The signal is durable. `status` is the job's after it. */
            202: {
                headers: {
                    "Idempotent-Replay": components["headers"]["IdempotentReplay"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "job_id": "019a1c2e-7f00-7000-8000-000000000000",
                     *       "status": "running",
                     *       "cursor": "12345-0"
                     *     }
                     */
                    "application/json": components["schemas"]["Signalled"];
                };
            };
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
                 * @description `wait=N` holds the answer until the job has ended or waits for an answer or a signal, at most N seconds, at most 60.
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
    shareJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The job's id. */
                id: components["parameters"]["JobId"];
            };
            cookie?: never;
        };
        requestBody?: components["requestBodies"]["Share"];
        responses: {
            201: components["responses"]["Shared"];
            default: components["responses"]["Error"];
        };
    };
    unshareJob: {
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
            /** @description They open nothing any more. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Error"];
        };
    };
    streamEvents: {
        parameters: {
            query?: {
                /** @description A cursor; empty, `0` and `0-0` are the beginning. */
                after?: components["parameters"]["After"];
                pathway_id?: components["schemas"]["Id"];
                neuron_id?: components["schemas"]["Id"];
                receptor_id?: components["schemas"]["Id"];
                trace_id?: string;
                /** @description Of sub-jobs. */
                parent_id?: components["schemas"]["Id"];
                status?: components["schemas"]["Status"];
            };
            header?: {
                /** @description Read when `after` is absent. */
                "Last-Event-ID"?: components["schemas"]["Cursor"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Stream"];
            default: components["responses"]["Error"];
        };
    };
    listInterventions: {
        parameters: {
            query?: {
                status?: components["schemas"]["InterventionStatus"];
                job_id?: components["schemas"]["Id"];
                trace_id?: string;
                /** @description `1`: those of which people were reminded; `0`: those of which they were not. */
                reminded?: "0" | "1";
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
    shareIntervention: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The intervention's id, `interventionId` in a job's status. */
                id: components["parameters"]["InterventionId"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "responder": "ada@example.org",
                 *       "expires_in": "24h"
                 *     }
                 */
                "application/json": {
                    workspace_id?: components["schemas"]["OwnWorkspace"];
                    /** @description A name or an address; one line. */
                    responder?: string | null;
                    /** @description 1s to 8784h; 168h when absent. */
                    expires_in?: components["schemas"]["Duration"];
                };
            };
        };
        responses: {
            201: components["responses"]["Shared"];
            default: components["responses"]["Error"];
        };
    };
    listQueues: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All of them. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "queues": [
                     *         {
                     *           "queue": "ocr",
                     *           "open": 3,
                     *           "leased": 2,
                     *           "waiting": 0,
                     *           "oldest": "2026-01-02T15:04:05.000Z"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": {
                        queues: components["schemas"]["Queue"][];
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    leaseTasks: {
        parameters: {
            query?: {
                /**
                 * @description How long to wait for the first task, at most 60s.
                 * @example 30s
                 */
                wait?: string;
            };
            header?: never;
            path: {
                /**
                 * @description As the nodes and neurons of type `worker` have it. It need not exist.
                 * @example ocr
                 */
                queue: components["schemas"]["Id"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "worker": "ocr-7",
                 *       "limit": 1
                 *     }
                 */
                "application/json": {
                    workspace_id?: components["schemas"]["OwnWorkspace"];
                    /** @description What the worker calls itself, for people who look; one line. */
                    worker?: string | null;
                    /**
                     * @description How many tasks it takes at most.
                     * @default 1
                     */
                    limit?: number | null;
                };
            };
        };
        responses: {
            /** @description The tasks that the worker has now. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "tasks": [
                     *         {
                     *           "task_id": "019a1c2e-7f00-7000-8000-000000000000_1",
                     *           "lease": 1,
                     *           "queue": "ocr",
                     *           "input": {
                     *             "page": 7
                     *           },
                     *           "expires_at": "2026-01-02T15:05:05.000Z",
                     *           "lease_ms": 60000,
                     *           "until": null,
                     *           "idempotency_key": "019a1c2e-7f00-7000-8000-000000000000/scan/1",
                     *           "job_id": "019a1c2e-7f00-7000-8000-000000000000",
                     *           "node_id": "scan",
                     *           "visit": 1,
                     *           "attempt": 1,
                     *           "trace_id": null,
                     *           "progress": null
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": {
                        tasks: components["schemas"]["LeasedTask"][];
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    listTasks: {
        parameters: {
            query?: {
                queue?: components["schemas"]["Id"];
                status?: components["schemas"]["TaskStatus"];
                job_id?: components["schemas"]["Id"];
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
                     *       "tasks": [],
                     *       "total": 0,
                     *       "limit": 20,
                     *       "offset": 0
                     *     }
                     */
                    "application/json": {
                        tasks: ({
                            job_id: components["schemas"]["Id"];
                            /** @description The job's. */
                            priority: number;
                        } & components["schemas"]["Task"])[];
                        total: components["schemas"]["Total"];
                        limit: number;
                        offset: number;
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    heartbeatTask: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `task_id`. */
                id: components["parameters"]["TaskId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "lease": 1
                 *     }
                 */
                "application/json": {
                    workspace_id?: components["schemas"]["OwnWorkspace"];
                    lease: components["schemas"]["LeaseNumber"];
                };
            };
        };
        responses: {
            200: components["responses"]["Extended"];
            default: components["responses"]["Error"];
        };
    };
    progressTask: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `task_id`. */
                id: components["parameters"]["TaskId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "lease": 1,
                 *       "percent": 40,
                 *       "message": "4 of 10 pages"
                 *     }
                 */
                "application/json": {
                    workspace_id?: components["schemas"]["OwnWorkspace"];
                    lease: components["schemas"]["LeaseNumber"];
                    percent?: number | null;
                    message?: string | null;
                    /** @description Any JSON, at most 16 KiB. */
                    data?: components["schemas"]["Any"];
                };
            };
        };
        responses: {
            200: components["responses"]["Extended"];
            default: components["responses"]["Error"];
        };
    };
    completeTask: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `task_id`. */
                id: components["parameters"]["TaskId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "lease": 1,
                 *       "output": {
                 *         "text": "Hello"
                 *       }
                 *     }
                 */
                "application/json": {
                    workspace_id?: components["schemas"]["OwnWorkspace"];
                    lease: components["schemas"]["LeaseNumber"];
                    output?: components["schemas"]["Any"];
                };
            };
        };
        responses: {
            200: components["responses"]["EndedTask"];
            default: components["responses"]["Error"];
        };
    };
    failTask: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `task_id`. */
                id: components["parameters"]["TaskId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "lease": 1,
                 *       "message": "the scanner is off",
                 *       "retry_after": "5m"
                 *     }
                 */
                "application/json": {
                    workspace_id?: components["schemas"]["OwnWorkspace"];
                    lease: components["schemas"]["LeaseNumber"];
                    /** @description What went wrong, for people; cut after 2,000 bytes. */
                    message: string;
                    /**
                     * @description For programs: A-Z, 0-9 and '_'.
                     * @default WORKER_FAILED
                     */
                    code?: string | null;
                    /**
                     * @description Whether another attempt could help.
                     * @default true
                     */
                    retryable?: boolean | null;
                    /** @description The least pause before another attempt. */
                    retry_after?: components["schemas"]["Duration"];
                };
            };
        };
        responses: {
            200: components["responses"]["EndedTask"];
            default: components["responses"]["Error"];
        };
    };
    listReceptors: {
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
                     *       "receptors": [],
                     *       "total": 0,
                     *       "limit": 20,
                     *       "offset": 0
                     *     }
                     */
                    "application/json": {
                        receptors: components["schemas"]["Receptor"][];
                        total: components["schemas"]["Total"];
                        limit: number;
                        offset: number;
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    createReceptor: {
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
                 *       "name": "Orders",
                 *       "executable_target": {
                 *         "kind": "pathway",
                 *         "id": "publish"
                 *       },
                 *       "active_channels": [
                 *         "http",
                 *         "webhook"
                 *       ],
                 *       "source_config": {
                 *         "dedupe": "body.order.id"
                 *       }
                 *     }
                 */
                "application/json": {
                    workspace_id?: components["schemas"]["OwnWorkspace"];
                    name: components["schemas"]["Name"];
                    slug?: components["schemas"]["OptionalSlug"];
                    description?: string | null;
                    executable_target: components["schemas"]["Target"];
                    active_channels?: components["schemas"]["Channels"] | null;
                    source_config?: components["schemas"]["SourceRequest"];
                    /** @default true */
                    is_active?: boolean | null;
                };
            };
        };
        responses: {
            /** @description It is stored. */
            201: {
                headers: {
                    Location: components["headers"]["Location"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Receptor"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    getReceptor: {
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
            200: components["responses"]["Receptor"];
            default: components["responses"]["Error"];
        };
    };
    deleteReceptor: {
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
    patchReceptor: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug. */
                id: components["parameters"]["DefinitionId"];
            };
            cookie?: never;
        };
        requestBody: components["requestBodies"]["ReceptorPatch"];
        responses: {
            200: components["responses"]["Receptor"];
            default: components["responses"]["Error"];
        };
    };
    fireReceptor: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The same key on the same route names the same job: a repetition is answered with it and the header
                 *     `Idempotent-Replay: true`. With another body it is 409 `IDEMPOTENCY_MISMATCH`. Equal JSON values are equal bodies.
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /**
                 * @description `wait=N` holds the answer until the job has ended or waits for an answer or a signal, at most N seconds, at most 60.
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
                 *       "labels": {
                 *         "from": "button"
                 *       }
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
    getReceptorByWorkspace: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Of the key's own workspace. */
                workspace_slug: components["schemas"]["Id"];
                /** @description The id or the slug. */
                id: components["parameters"]["DefinitionId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Receptor"];
            default: components["responses"]["Error"];
        };
    };
    deleteReceptorByWorkspace: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Of the key's own workspace. */
                workspace_slug: components["schemas"]["Id"];
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
    patchReceptorByWorkspace: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Of the key's own workspace. */
                workspace_slug: components["schemas"]["Id"];
                /** @description The id or the slug. */
                id: components["parameters"]["DefinitionId"];
            };
            cookie?: never;
        };
        requestBody: components["requestBodies"]["ReceptorPatch"];
        responses: {
            200: components["responses"]["Receptor"];
            default: components["responses"]["Error"];
        };
    };
    postHook: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Names the message.
                 * @example msg_2KWPBgLlAfxdpx2AI54pPJ85f4W
                 */
                "webhook-id"?: string;
                /**
                 * @description When it was sent, in seconds since 1970.
                 * @example 1674087231
                 */
                "webhook-timestamp"?: string;
                /**
                 * @description `v1,<base64>`, one or several separated by spaces.
                 * @example v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=
                 */
                "webhook-signature"?: string;
            };
            path: {
                /** @description The receptor's id. */
                id: components["schemas"]["Id"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "order": {
                 *         "id": 4711
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["Any"];
            };
        };
        responses: {
            202: components["responses"]["Started"];
            default: components["responses"]["Error"];
        };
    };
    getReceptorShare: {
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
            /** @description The share token, without its text. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019a1c2e-7f00-7000-8000-000000000005",
                     *       "created_at": "2026-01-02T15:04:05.000Z",
                     *       "expires_at": "2026-01-09T15:04:05.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Share"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    shareReceptor: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug. */
                id: components["parameters"]["DefinitionId"];
            };
            cookie?: never;
        };
        requestBody?: components["requestBodies"]["Share"];
        responses: {
            201: components["responses"]["Shared"];
            default: components["responses"]["Error"];
        };
    };
    unshareReceptor: {
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
            /** @description It opens nothing any more. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Error"];
        };
    };
    rotateReceptorShare: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug. */
                id: components["parameters"]["DefinitionId"];
            };
            cookie?: never;
        };
        requestBody?: components["requestBodies"]["Share"];
        responses: {
            201: components["responses"]["Shared"];
            default: components["responses"]["Error"];
        };
    };
    getReceptorShareByWorkspace: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Of the key's own workspace. */
                workspace_slug: components["schemas"]["Id"];
                /** @description The id or the slug. */
                id: components["parameters"]["DefinitionId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The share token, without its text. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019a1c2e-7f00-7000-8000-000000000005",
                     *       "created_at": "2026-01-02T15:04:05.000Z",
                     *       "expires_at": "2026-01-09T15:04:05.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Share"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    shareReceptorByWorkspace: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Of the key's own workspace. */
                workspace_slug: components["schemas"]["Id"];
                /** @description The id or the slug. */
                id: components["parameters"]["DefinitionId"];
            };
            cookie?: never;
        };
        requestBody?: components["requestBodies"]["Share"];
        responses: {
            201: components["responses"]["Shared"];
            default: components["responses"]["Error"];
        };
    };
    unshareReceptorByWorkspace: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Of the key's own workspace. */
                workspace_slug: components["schemas"]["Id"];
                /** @description The id or the slug. */
                id: components["parameters"]["DefinitionId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It opens nothing any more. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Error"];
        };
    };
    rotateReceptorShareByWorkspace: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Of the key's own workspace. */
                workspace_slug: components["schemas"]["Id"];
                /** @description The id or the slug. */
                id: components["parameters"]["DefinitionId"];
            };
            cookie?: never;
        };
        requestBody?: components["requestBodies"]["Share"];
        responses: {
            201: components["responses"]["Shared"];
            default: components["responses"]["Error"];
        };
    };
    getPublicStatus: {
        parameters: {
            query?: {
                /**
                 * @description The share token, given once. Without one, or with a bad one, it is a 404.
                 * @example rv_share_EzXz0x1v5gQ00000000000000000000000000000000
                 */
                t?: components["parameters"]["ShareToken"];
                /** @description When it is given it must be the job's, else it is a 404. */
                trace_id?: components["parameters"]["ShareTrace"];
            };
            header?: {
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /**
                 * @description `wait=N` holds the answer until the job has ended or waits for an answer or a signal, at most N seconds, at most 60.
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
            200: components["responses"]["PublicStatus"];
            304: components["responses"]["NotModified"];
            default: components["responses"]["Error"];
        };
    };
    streamPublicJob: {
        parameters: {
            query?: {
                /**
                 * @description The share token, given once. Without one, or with a bad one, it is a 404.
                 * @example rv_share_EzXz0x1v5gQ00000000000000000000000000000000
                 */
                t?: components["parameters"]["ShareToken"];
                /** @description When it is given it must be the job's, else it is a 404. */
                trace_id?: components["parameters"]["ShareTrace"];
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
    getPublicReceptorById: {
        parameters: {
            query?: {
                /**
                 * @description The share token, given once. Without one, or with a bad one, it is a 404.
                 * @example rv_share_EzXz0x1v5gQ00000000000000000000000000000000
                 */
                t?: components["parameters"]["ShareToken"];
            };
            header?: never;
            path: {
                /** @description The receptor's id. */
                id: components["schemas"]["Id"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The receptor as the public may see it. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "name": "Ask us",
                     *       "description": "Answers questions about axons.",
                     *       "input_schema": {
                     *         "type": "object",
                     *         "required": [
                     *           "message"
                     *         ]
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["PublicReceptor"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    executePublicReceptorById: {
        parameters: {
            query?: {
                /**
                 * @description The share token, given once. Without one, or with a bad one, it is a 404.
                 * @example rv_share_EzXz0x1v5gQ00000000000000000000000000000000
                 */
                t?: components["parameters"]["ShareToken"];
            };
            header?: {
                /**
                 * @description The same key on the same route names the same job: a repetition is answered with it and the header
                 *     `Idempotent-Replay: true`. With another body it is 409 `IDEMPOTENCY_MISMATCH`. Equal JSON values are equal bodies.
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /**
                 * @description `wait=N` holds the answer until the job has ended or waits for an answer or a signal, at most N seconds, at most 60.
                 * @example wait=10
                 */
                Prefer?: components["parameters"]["Prefer"];
            };
            path: {
                /** @description The receptor's id. */
                id: components["schemas"]["Id"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "input": {
                 *         "message": "What is a node of Ranvier?"
                 *       }
                 *     }
                 */
                "application/json": {
                    /** @description Any JSON. */
                    input?: components["schemas"]["Any"];
                    /** @description Another name of `input`; give one. */
                    data?: components["schemas"]["Any"];
                    /** @description The conversation this job is a turn of. Others who have the token must not be able to guess it. */
                    trace_id?: string | null;
                    /** @description The share token when it is not in the query. */
                    share_token?: string | null;
                };
            };
        };
        responses: {
            200: components["responses"]["PublicStatusAfterWait"];
            202: components["responses"]["PublicStarted"];
            default: components["responses"]["Error"];
        };
    };
    getPublicReceptor: {
        parameters: {
            query?: {
                /**
                 * @description The share token, given once. Without one, or with a bad one, it is a 404.
                 * @example rv_share_EzXz0x1v5gQ00000000000000000000000000000000
                 */
                t?: components["parameters"]["ShareToken"];
            };
            header?: never;
            path: {
                workspace_slug: components["schemas"]["Id"];
                /** @description The id or the slug. */
                id: components["parameters"]["DefinitionId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The receptor as the public may see it. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "name": "Ask us",
                     *       "description": "Answers questions about axons.",
                     *       "input_schema": {
                     *         "type": "object",
                     *         "required": [
                     *           "message"
                     *         ]
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["PublicReceptor"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    executePublicReceptor: {
        parameters: {
            query?: {
                /**
                 * @description The share token, given once. Without one, or with a bad one, it is a 404.
                 * @example rv_share_EzXz0x1v5gQ00000000000000000000000000000000
                 */
                t?: components["parameters"]["ShareToken"];
            };
            header?: {
                /**
                 * @description The same key on the same route names the same job: a repetition is answered with it and the header
                 *     `Idempotent-Replay: true`. With another body it is 409 `IDEMPOTENCY_MISMATCH`. Equal JSON values are equal bodies.
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /**
                 * @description `wait=N` holds the answer until the job has ended or waits for an answer or a signal, at most N seconds, at most 60.
                 * @example wait=10
                 */
                Prefer?: components["parameters"]["Prefer"];
            };
            path: {
                workspace_slug: components["schemas"]["Id"];
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
                 *         "message": "What is a node of Ranvier?"
                 *       }
                 *     }
                 */
                "application/json": {
                    /** @description Any JSON. */
                    input?: components["schemas"]["Any"];
                    /** @description Another name of `input`; give one. */
                    data?: components["schemas"]["Any"];
                    /** @description The conversation this job is a turn of. Others who have the token must not be able to guess it. */
                    trace_id?: string | null;
                    /** @description The share token when it is not in the query. */
                    share_token?: string | null;
                };
            };
        };
        responses: {
            200: components["responses"]["PublicStatusAfterWait"];
            202: components["responses"]["PublicStarted"];
            default: components["responses"]["Error"];
        };
    };
    getDelivery: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The share token of the delivery.
                 * @example rv_share_EzXz0x1v5gQ00000000000000000000000000000000
                 */
                token: components["parameters"]["DeliveryToken"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["PublicQuestion"];
            default: components["responses"]["Error"];
        };
    };
    answerDelivery: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The share token of the delivery.
                 * @example rv_share_EzXz0x1v5gQ00000000000000000000000000000000
                 */
                token: components["parameters"]["DeliveryToken"];
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
                    /** @description One of the question's `actions`. */
                    action: string;
                    comment?: string | null;
                    /** @description What the question's `fields` schema asks for. */
                    fields?: Record<string, unknown> | null;
                };
            };
        };
        responses: {
            200: components["responses"]["PublicQuestion"];
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
                 * @description `wait=N` holds the answer until the job has ended or waits for an answer or a signal, at most N seconds, at most 60.
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
                 * @description `wait=N` holds the answer until the job has ended or waits for an answer or a signal, at most N seconds, at most 60.
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
