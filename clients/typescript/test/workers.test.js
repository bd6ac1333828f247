// Workers against a real server: the loop, its concurrency, failures, losses.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Ranvier, TaskFailure } from "@ranvier/client";
import ts from "typescript";
import { failing } from "./expect.js";
import { apiKey, Server } from "./server.js";

/** @type {Server} */
let server;
/** @type {Ranvier} */
let client;

before(async () => {
  server = await Server.start();
  client = new Ranvier({ baseUrl: server.url, apiKey });
});
after(() => server.remove());

/**
 * Starts a job of one worker node and gives its id.
 * @param {string} queue @param {unknown} input @param {object} settings
 */
async function start(queue, input, settings = {}) {
  const graph = { nodes: [{ id: "work", type: "worker", queue, input: "{{ input }}", ...settings }] };
  return (await client.jobs.start({ pathway: graph, input })).job_id;
}

/** @param {string} id */
async function failure(id) {
  const job = await client.jobs.untilComplete(id).catch((error) => error.job);
  return job.error;
}

test("a worker works on several tasks at once, and stops", async () => {
  const stop = new AbortController();
  const inputs = [1, 2, 3, 4, 5, 6, 7];
  const ids = await Promise.all(inputs.map((input) => start("double", input)));
  let atWork = 0;
  let most = 0;
  /** @type {(() => void) | undefined} */
  let both;
  const work = client.workers.work(/** @type {const} */ ("double"), async (task, { progress }) => {
    most = Math.max(most, ++atWork);
    if (most < 2) await new Promise((resolve) => (both = () => resolve(undefined)));
    else both?.();
    await progress({ percent: 50 });
    atWork--;
    return 2 * Number(task.input);
  }, { signal: stop.signal, concurrency: 2, worker: "doubler" });
  const results = await Promise.all(ids.map(async (id) => (await client.jobs.untilComplete(id)).result));
  stop.abort();
  await work;
  assert.deepEqual(results, inputs.map((n) => 2 * n));
  assert.equal(most, 2);
  const job = await client.jobs.getStatus(ids[0] ?? "");
  assert.deepEqual(job.steps[0]?.task_progress, { percent: 50 });
});

test("what a handler throws fails the task", async () => {
  const stop = new AbortController();
  const ids = [await start("fail", "error"), await start("fail", "final", { retry: { max_attempts: 5 } }), await start("fail", "misfit", { output_schema: { type: "string" } })];
  const work = client.workers.work("fail", ({ input }) => {
    if (input === "error") throw new Error("no paper");
    if (input === "final") throw new TaskFailure("never", { code: "NEVER", retryable: false });
    return 7;
  }, { signal: stop.signal });
  const [error, final, misfit] = await Promise.all(ids.map(failure));
  assert.deepEqual([error.code, error.message], ["WORKER_FAILED", "no paper"]);
  assert.deepEqual([final.code, final.message], ["NEVER", "never"]);
  assert.equal(misfit.code, "OUTPUT_INVALID");
  stop.abort();
  await work;
});

test("a cancelled job ends the handler", async () => {
  const stop = new AbortController();
  const id = await start("long", null, { lease: "1s" });
  /** @type {unknown[]} */
  const told = [];
  const work = client.workers.work("long", async (_, { signal }) => {
    await client.jobs.cancel(id);
    await once(signal, "abort");
    told.push(signal.reason);
    stop.abort();
  }, { signal: stop.signal, onError: (error) => told.push(error) });
  await work;
  const reason = /** @type {import("@ranvier/client").RanvierError} */ (told[0]);
  assert.deepEqual([reason.code, reason.status], ["LEASE_LOST", 409]);
  assert.deepEqual(told, [reason, reason]);
});

test("a worker without a good key is refused", async () => {
  const other = new Ranvier({ baseUrl: server.url, apiKey: "wrong" });
  await assert.rejects(other.workers.work("any", () => null, { concurrency: 3 }), failing("AUTH_REQUIRED", 401));
});

test("tasks by hand", async () => {
  const id = await start("hand", { page: 7 });
  const [task] = await client.workers.lease("hand", { waitSeconds: 30, worker: "me", limit: 3 });
  assert(task !== undefined);
  assert.deepEqual([task.input, task.job_id, task.lease], [{ page: 7 }, id, 1]);
  assert.equal((await client.tasks.heartbeat(task)).expires_at, task.expires_at);
  assert.deepEqual((await client.tasks.list({ queue: "hand" })).items.map((t) => t.worker), ["me"]);
  assert.deepEqual((await client.workers.queues()).map((q) => [q.queue, q.leased]), [["hand", 1]]);
  await assert.rejects(client.tasks.heartbeat({ ...task, lease: 2 }), failing("LEASE_LOST", 409));
  assert.equal((await client.tasks.complete(task, "done")).task_id, task.task_id);
  assert.equal((await client.tasks.complete(task, "done")).task_id, task.task_id); // its answer was lost
  await assert.rejects(client.tasks.complete(task, "other"), failing("LEASE_LOST", 409));
  assert.deepEqual(await client.workers.lease("hand"), []);
});

test("the example", async () => {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const example = await readFile(new URL("../examples/worker.ts", import.meta.url), "utf8");
  // Node 20 does not run TypeScript as it is.
  const { outputText } = ts.transpileModule(example, { compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 } });
  const worker = spawn(process.execPath, ["--input-type=module", "--eval", outputText], { cwd: root, env: { URL: server.url, API_KEY: apiKey }, stdio: "inherit" });
  const ended = once(worker, "exit");
  const good = await start("words", { text: "these nine words are said one after the other" });
  const bad = await start("words", {});
  assert.deepEqual((await client.jobs.untilComplete(good)).result, { words: 9 });
  assert.equal((await failure(bad)).code, "NO_TEXT");
  worker.kill("SIGTERM");
  assert.deepEqual(await ended, [0, null]);
});
