// Requests to a real server: jobs, definitions, errors, retries, lists.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { JobFailedError, Ranvier, RanvierError } from "@ranvier/client";
import { all, failing, questionOf } from "./expect.js";
import { apiKey, giveBack, sayAndAsk, Server } from "./server.js";

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
 * A client whose requests pass through a function.
 * @param {(url: string, init: RequestInit, n: number) => Promise<Response>} pass n counts from 1
 * @param {Partial<import("@ranvier/client").RanvierOptions>} options
 */
function through(pass, options = {}) {
  let n = 0;
  return new Ranvier({ baseUrl: server.url, apiKey, fetch: (url, init) => pass(url, init, ++n), ...options });
}

/** @param {number} status @param {string} code @param {Record<string, string>} headers */
function refusal(status, code, headers = {}) {
  return new Response(JSON.stringify({ message: "not now", code, details: [], request_id: "r" }), { status, headers });
}

/** Waits for a job to ask something and gives the question. */
async function question(/** @type {string} */ id) {
  const job = await client.jobs.getStatus(id, { waitSeconds: 30 });
  assert.equal(job.status, "waiting");
  return questionOf(job);
}

test("start, stream, answer, result", async () => {
  const { job_id, status, replayed } = await client.jobs.start({ pathway: sayAndAsk(5, 1), labels: { team: "docs" } });
  assert.deepEqual([status, replayed], ["pending", false]);
  let text = "";
  const types = new Set();
  const job = await client.jobs.untilComplete(job_id, {
    async onFrame(frame) {
      types.add(frame.type);
      if (frame.type === "token") text += frame.token;
      if (frame.type === "state_update" && frame.waitingFor) {
        await client.jobs.provideInput(job_id, questionOf(frame).interventionId, { action: "approve", comment: "Good" });
      }
    },
  });
  assert.deepEqual(job.result, { action: "approve", text: "wörd0 wörd1 wörd2 wörd3 wörd4" });
  assert.equal(text, "wörd0 wörd1 wörd2 wörd3 wörd4");
  assert.deepEqual([...types].sort(), ["complete", "content_block", "state_update", "token"]);

  const events = await all(client.jobs.events(job_id, { limit: 1 }));
  assert.deepEqual(events.map((e) => e.n), events.map((_, i) => i + 1));
  assert.equal(events.at(-1)?.type, "job.completed");
  const answered = await all(client.jobs.events(job_id, { types: ["intervention.opened", "intervention.answered"] }));
  assert.deepEqual(answered.map((e) => e.type), ["intervention.opened", "intervention.answered"]);
});

test("waitSeconds gives the job itself", async () => {
  const { job } = await client.jobs.start({ pathway: giveBack, input: { a: [1, null] } }, { waitSeconds: 30 });
  assert.deepEqual([job?.status, job?.result], ["completed", { a: [1, null] }]);
  const { job_id, cursor } = await client.jobs.start({ pathway: giveBack });
  await client.jobs.untilComplete(job_id);
  const early = await client.jobs.getStatus(job_id, { at: cursor });
  assert.deepEqual([early.cursor, early.result], [cursor, null]);
});

test("pause, resume, cancel", async () => {
  const { job_id } = await client.jobs.start({ pathway: sayAndAsk(1, 0) });
  await question(job_id);
  assert.equal((await client.jobs.pause(job_id)).status, "paused");
  assert.equal((await client.jobs.resume(job_id)).status, "waiting");
  const ended = await client.jobs.cancel(job_id, "no longer needed");
  assert.equal(ended.status, "failed");
  await assert.rejects(client.jobs.cancel(job_id), failing("JOB_FINISHED", 400));
  await assert.rejects(client.jobs.untilComplete(job_id), (error) => {
    assert.ok(error instanceof JobFailedError);
    assert.match(error.message, /cancelled.*no longer needed/);
    assert.equal(error.job.job_id, job_id);
    return true;
  });
});

test("rerun", async () => {
  const first = await client.jobs.start({ pathway: giveBack, input: "old" }, { waitSeconds: 30 });
  const { job_id } = await client.jobs.rerun(first.job_id, { input: "new" });
  const job = await client.jobs.untilComplete(job_id);
  assert.deepEqual([job.result, job.rerun_of], ["new", first.job_id]);
  await assert.rejects(client.jobs.rerun(first.job_id, { from_node: "nowhere" }), failing("VALIDATION_ERROR", 400));
});

test("errors say what is wrong", async () => {
  await assert.rejects(client.jobs.start({ pathway: giveBack, priority: 11, labels: { "": "x" } }), (error) => {
    assert.ok(error instanceof RanvierError);
    assert.deepEqual([error.status, error.code], [400, "VALIDATION_ERROR"]);
    assert.match(error.requestId ?? "", /^[0-9a-f-]{36}$/);
    assert.deepEqual(error.details.map((d) => d.path).sort(), ["/labels/", "/priority"]);
    return true;
  });
  const unknown = "019a1c2e-7f00-7000-8000-000000000000";
  await assert.rejects(client.jobs.getStatus(unknown), failing("NOT_FOUND", 404));
  await assert.rejects(all(client.jobs.stream(unknown)), failing("NOT_FOUND", 404));
  await assert.rejects(all(client.jobs.stream(unknown, { after: "99999999-0" })), failing("VALIDATION_ERROR", 400));
  await assert.rejects(client.jobs.getStatus("../session/context"), TypeError);
  const stranger = new Ranvier({ baseUrl: server.url, apiKey: "no-such-key-in-this-instance" });
  await assert.rejects(stranger.jobs.list(), failing("AUTH_REQUIRED", 401));
  const { job_id } = await client.jobs.start({ pathway: sayAndAsk(1, 0) });
  const { interventionId } = await question(job_id);
  await assert.rejects(client.jobs.provideInput(job_id, interventionId, { action: "dance" }), failing("VALIDATION_ERROR", 400));
  assert.throws(() => new Ranvier({ baseUrl: "127.0.0.1", apiKey }), TypeError);
});

test("a start whose answer is lost is sent again and starts one job", async () => {
  const keys = new Set();
  const losing = through(async (url, init, n) => {
    keys.add(new Headers(init.headers).get("Idempotency-Key"));
    const response = await fetch(url, init);
    assert.equal(response.status, 202);
    if (n < 3) throw new TypeError("fetch failed");
    return response;
  });
  const started = await losing.jobs.start({ pathway: giveBack, labels: { test: "lost answer" } });
  assert.equal(started.replayed, true);
  assert.equal(keys.size, 1);
  const { items, total } = await client.jobs.list({ labels: { test: "lost answer" } });
  assert.deepEqual([total, items[0]?.job_id], [1, started.job_id]);
});

test("own keys: the same key is the same job, another body a conflict", async () => {
  const options = { idempotencyKey: "one-key" };
  const first = await client.jobs.start({ pathway: giveBack, input: 1 }, options);
  const second = await client.jobs.start({ pathway: giveBack, input: 1 }, options);
  assert.deepEqual([second.job_id, second.replayed], [first.job_id, true]);
  await assert.rejects(client.jobs.start({ pathway: giveBack, input: 2 }, options), failing("IDEMPOTENCY_MISMATCH", 409));
  const other = await client.jobs.start({ pathway: giveBack, input: 1 });
  assert.notEqual(other.job_id, first.job_id);
});

test("429 and 503 are tried again, until it is enough", async () => {
  const busy = through(async (url, init, n) => (n < 3 ? refusal(n === 1 ? 429 : 503, "UNAVAILABLE", { "Retry-After": "0" }) : fetch(url, init)));
  assert.equal((await busy.session()).workspace_id, "default");
  let tries = 0;
  const never = through(async (_url, _init, n) => {
    tries = n;
    return refusal(503, "UNAVAILABLE", { "Retry-After": "0" });
  }, { maxRetries: 2 });
  await assert.rejects(never.session(), failing("UNAVAILABLE", 503));
  assert.equal(tries, 3);
});

test("what may have been done is not done again", async () => {
  const { job_id } = await client.jobs.start({ pathway: sayAndAsk(1, 0) });
  const { interventionId } = await question(job_id);
  let tries = 0;
  const losing = through(async (url, init, n) => {
    tries = n;
    await fetch(url, init);
    throw new TypeError("fetch failed");
  });
  await assert.rejects(losing.jobs.provideInput(job_id, interventionId, { action: "approve" }), failing("CONNECTION_FAILED", 0));
  assert.equal(tries, 1);
  assert.equal((await client.jobs.untilComplete(job_id)).status, "completed");
  // But what was refused before it was looked at is.
  const busy = through(async (url, init, n) => (n < 2 ? refusal(429, "RATE_LIMIT", { "Retry-After": "0" }) : fetch(url, init)));
  const again = await client.jobs.start({ pathway: sayAndAsk(1, 0) });
  assert.equal((await busy.jobs.cancel(again.job_id)).status, "failed");
});

test("a request ends with its signal and its time-out", async () => {
  const controller = new AbortController();
  const { job_id } = await client.jobs.start({ pathway: sayAndAsk(1, 0) });
  await question(job_id);
  await client.jobs.pause(job_id); // so that waiting for it does not end
  const waiting = client.jobs.getStatus(job_id, { waitSeconds: 60, signal: controller.signal });
  controller.abort(new Error("enough"));
  await assert.rejects(waiting, /^Error: enough$/);
  await assert.rejects(client.jobs.list({}, { signal: controller.signal }), /^Error: enough$/);
  /** @type {(url: string, init: RequestInit) => Promise<Response>} */
  const hang = (_url, init) => new Promise((_, reject) => init.signal?.addEventListener("abort", () => reject(init.signal?.reason)));
  const command = new AbortController();
  const hanging = through(hang).jobs.cancel(job_id, "", { signal: command.signal });
  command.abort(new Error("enough"));
  await assert.rejects(hanging, /^Error: enough$/);
  const hasty = through(hang, { timeoutMs: 5, maxRetries: 0 });
  await assert.rejects(hasty.session(), failing("TIMED_OUT", 0));
});

test("lists: pages and all of them", async () => {
  const ids = [];
  for (let i = 0; i < 7; i++) {
    ids.unshift((await client.jobs.start({ pathway: giveBack, trace_id: "list", input: i }, { waitSeconds: 30 })).job_id);
  }
  const page = await client.jobs.list({ trace_id: "list", status: "completed", limit: 3, offset: 2 });
  assert.deepEqual([page.items.map((j) => j.job_id), page.total, page.limit, page.offset], [ids.slice(2, 5), 7, 3, 2]);
  assert.deepEqual((await all(client.jobs.listAll({ trace_id: "list", limit: 3 }))).map((j) => j.job_id), ids);
  await assert.rejects(client.jobs.list({ limit: 0 }), failing("VALIDATION_ERROR", 400));
});

test("interventions", async () => {
  const { job_id } = await client.jobs.start({ pathway: sayAndAsk(1, 0), trace_id: "asked" });
  const { interventionId } = await question(job_id);
  assert.match((await client.jobs.explain(job_id)).summary, new RegExp(`^waiting: .*${interventionId}`));
  assert.deepEqual((await all(client.interventions.listAll({ trace_id: "asked", status: "pending" }))).map((i) => i.interventionId), [interventionId]);
  await assert.rejects(client.interventions.respond(interventionId, { action: "dance" }), failing("VALIDATION_ERROR", 400));
  const answered = await client.interventions.respond(interventionId, { action: "reject", comment: "Not now" });
  assert.deepEqual([answered.status, answered.job_id, answered.responses[0]?.comment], ["rejected", job_id, "Not now"]);
  assert.equal((await client.interventions.get(interventionId)).status, "rejected");
  assert.deepEqual((await client.interventions.summary({ trace_id: "asked" })).byStatus.rejected, 1);
  assert.deepEqual((await client.jobs.untilComplete(job_id)).result, { action: "reject", text: "wörd0" });
});

test("pathways", async () => {
  const graph = { nodes: [{ id: "give", type: "transform", output: "{{ input.name }}" }] };
  assert.deepEqual(await client.pathways.validate(graph), { valid: true, problems: [] });
  const bad = await client.pathways.validate({ nodes: [{ id: "a", type: "dance" }] });
  assert.equal(bad.valid, false);
  assert.notEqual(bad.problems.length, 0);
  const stored = await client.pathways.create({ name: "Give back", slug: "give-back", pathway_graph: graph });
  assert.equal((await client.pathways.get("give-back")).id, stored.id);
  assert.equal((await client.pathways.update("give-back", { name: "Give it back", pathway_graph: graph })).version, 2);
  assert.deepEqual((await all(client.pathways.listAll({ search: "give it" }))).map((p) => p.slug), ["give-back"]);
  assert.deepEqual((await client.pathways.versions("give-back")).items.map((p) => [p.version, p.name]), [[2, "Give it back"], [1, "Give back"]]);
  assert.equal((await client.pathways.getVersion("give-back", 1)).name, "Give back");
  const promoted = await client.pathways.promote("give-back", 1);
  assert.deepEqual([promoted.version, promoted.name], [3, "Give back"]);
  const { job } = await client.pathways.execute("give-back", { input: { name: "Ada" } }, { waitSeconds: 30 });
  assert.deepEqual([job?.result, job?.pathway_id], ["Ada", stored.id]);
  await client.pathways.delete("give-back");
  await assert.rejects(client.pathways.get("give-back"), failing("NOT_FOUND", 404));
});

test("neurons", async () => {
  const stored = await client.neurons.create({ name: "Parrot", slug: "parrot", kind: "echo" });
  assert.equal(stored.version, 1);
  await client.neurons.update("parrot", { name: "Parrot", kind: "echo", config: { delay_ms: 1 } });
  assert.deepEqual((await client.neurons.list({ sortBy: "name", sortDirection: "asc" })).items.map((n) => n.version), [2]);
  const { job_id } = await client.neurons.invoke("parrot", { message: "Hello" });
  assert.deepEqual((await client.jobs.untilComplete(job_id)).result, { text: "Hello" });
  const turn = { message: "Hi", trace_id: "talk", client_nonce: "turn-1" };
  const first = await client.neurons.invoke("parrot", turn);
  assert.deepEqual(await client.neurons.invoke("parrot", turn), { ...first, replayed: true });
  await client.neurons.delete("parrot");
});
