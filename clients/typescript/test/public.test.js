// What share tokens open, at a real server: revocation and restarts included.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { PublicRanvier, Ranvier } from "@ranvier/client";
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

/** @param {string} token */
const having = (token) => new PublicRanvier({ baseUrl: server.url, token });

test("a shared job: its status, and its stream over a restart of the server", async () => {
  const { job_id } = await client.jobs.start({ pathway: sayAndAsk(40, 20), input: "hidden", trace_id: "talk" });
  const shared = having((await client.jobs.share(job_id, { expires_in: "1h" })).token);
  const frames = [];
  let tokens = 0;
  let restarted = Promise.resolve();
  for await (const frame of shared.jobs.stream(job_id, { traceId: "talk" })) {
    frames.push(frame);
    if (frame.type === "token" && ++tokens === 5) restarted = server.restart("SIGTERM");
    if (frame.waitingFor) await client.jobs.provideInput(job_id, questionOf(frame).interventionId, { action: "approve" });
  }
  await restarted;
  assert.equal(new Set(frames.map((f) => f.cursor)).size, frames.length);
  assert.deepEqual(frames, await all(shared.jobs.stream(job_id)), "the same as a later replay");
  const log = (await all(client.jobs.events(job_id))).map((e) => `${e.n} ${e.type}`);
  assert.deepEqual(frames.flatMap((f) => f.events ?? []).map((e) => `${e.n} ${e.type}`), log);
  const status = await shared.jobs.getStatus(job_id, { waitSeconds: 30 });
  assert.deepEqual([status.status, status.result], ["completed", { action: "approve", text: Array.from({ length: 40 }, (_, i) => `wörd${i}`).join(" ") }]);
  assert.ok(!JSON.stringify([status, frames]).includes("hidden"));
  await assert.rejects(shared.jobs.getStatus(job_id, { traceId: "other" }), failing("NOT_FOUND", 404));
});

test("revocation ends a stream with an error", async () => {
  const { job_id } = await client.jobs.start({ pathway: sayAndAsk(1, 0) });
  const { token } = await client.jobs.share(job_id);
  const frames = [];
  await assert.rejects(async () => {
    for await (const frame of having(token).jobs.stream(job_id)) {
      frames.push(frame);
      if (frame.waitingFor) await client.jobs.unshare(job_id);
    }
  }, (error) => failing("NOT_FOUND", 404)(error) && /^[0-9a-f-]{36}$/.test(/** @type {import("@ranvier/client").RanvierError} */ (error).requestId ?? ""));
  assert.notEqual(frames.length, 0);
  await assert.rejects(having(token).jobs.getStatus(job_id), failing("NOT_FOUND", 404));
  await assert.rejects(client.jobs.unshare(job_id), failing("NOT_FOUND", 404));
});

test("a shared receptor", async () => {
  await client.neurons.create({ name: "Parrot", slug: "parrot", kind: "echo", input_schema: { type: "object", required: ["message"] } });
  const receptor = await client.receptors.create({ name: "Ask us", description: "Echoes.", executable_target: { kind: "neuron", id: "parrot" } });
  const share = await client.receptors.share("ask-us");
  const shared = having(share.token);
  const shown = { name: "Ask us", description: "Echoes.", input_schema: { type: "object", required: ["message"] } };
  assert.deepEqual(await shared.receptors.get(receptor.id), shown);
  assert.deepEqual(await shared.receptors.get("default/ask-us"), shown);
  const { job_id, replayed, job } = await shared.receptors.execute("default/ask-us", { input: { message: "Hello" } }, { waitSeconds: 30, idempotencyKey: "one" });
  assert.deepEqual([replayed, job?.status, job?.result], [false, "completed", { text: "Hello" }]);
  assert.deepEqual((await all(shared.jobs.stream(job_id))).at(-1)?.result, { text: "Hello" });
  const again = await shared.receptors.execute("default/ask-us", { input: { message: "Hello" } }, { idempotencyKey: "one" });
  assert.deepEqual([again.job_id, again.replayed, again.job], [job_id, true, undefined]);
  await assert.rejects(shared.receptors.execute(receptor.id, { trace_id: "x".repeat(129) }), failing("VALIDATION_ERROR", 400));
  await assert.rejects(shared.receptors.get("../jobs"), TypeError);

  // A start whose answer is lost starts one job.
  let n = 0;
  const losing = new PublicRanvier({
    baseUrl: server.url, token: share.token,
    fetch: async (url, init) => {
      const response = await fetch(url, init);
      if (++n < 3) throw new TypeError("fetch failed");
      return response;
    },
  });
  const started = await losing.receptors.execute(receptor.id, { input: { message: "Once" } });
  assert.equal(started.replayed, true);
  assert.equal((await client.jobs.list({ receptor_id: receptor.id })).total, 2);

  const rotated = having((await client.receptors.rotateShare("ask-us")).token);
  await assert.rejects(shared.receptors.get(receptor.id), failing("NOT_FOUND", 404));
  assert.equal((await rotated.jobs.getStatus(job_id)).status, "completed");
  assert.throws(() => having(""), TypeError);
});

test("a delivery answers once", async () => {
  const { job_id } = await client.jobs.start({ pathway: sayAndAsk(1, 0) });
  const { interventionId } = questionOf(await client.jobs.getStatus(job_id, { waitSeconds: 30 }));
  const { token } = await client.interventions.share(interventionId, { responder: "ada@example.org", expires_in: "1h" });
  const shared = having(token);
  const question = await shared.intervention.get();
  assert.deepEqual([question.prompt, question.actions, question.status, question.answered], ["Go on?", ["approve", "reject"], "pending", false]);
  await assert.rejects(shared.intervention.respond({ action: "dance" }), failing("VALIDATION_ERROR", 400));
  const answered = await shared.intervention.respond({ action: "approve", comment: "Good" });
  assert.deepEqual([answered.status, answered.answered], ["approved", true]);
  await assert.rejects(shared.intervention.respond({ action: "approve" }), failing("ALREADY_ANSWERED", 409));
  await client.jobs.untilComplete(job_id);
  assert.deepEqual((await client.interventions.get(interventionId)).responses.map((r) => r.responder), ["person:ada@example.org"]);
});

test("a token opens what it was made for, and nothing else", async () => {
  const first = await client.jobs.start({ pathway: giveBack });
  const second = await client.jobs.start({ pathway: giveBack });
  const shared = having((await client.jobs.share(first.job_id)).token);
  await assert.rejects(shared.jobs.getStatus(second.job_id), failing("NOT_FOUND", 404));
  await assert.rejects(all(shared.jobs.stream(second.job_id)), failing("NOT_FOUND", 404));
  await assert.rejects(shared.intervention.get(), failing("NOT_FOUND", 404));
});
