// Requests to a real server: what is not a job's own start, read and control.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Ranvier } from "@ranvier/client";
import { all, failing } from "./expect.js";
import { apiKey, giveBack, Server } from "./server.js";

/** @type {Server} */
let server;
/** @type {Ranvier} */
let client;

before(async () => {
  server = await Server.start();
  client = new Ranvier({ baseUrl: server.url, apiKey });
});
after(() => server.remove());

/** A pathway that waits for a signal and gives its data. */
const untilPaid = { nodes: [{ id: "paid", type: "wait_event", event: "order.paid" }], output: "{{ nodes.paid.output.data }}" };

test("workspaces and their keys", async () => {
  const made = await client.workspaces.create({ name: "Research", slug: "research" });
  const research = new Ranvier({ baseUrl: server.url, apiKey: made.api_key.key });
  const session = await research.session();
  assert.deepEqual([session.workspace_id, session.key.role], ["research", "admin"]);
  assert.deepEqual((await client.workspaces.list()).items.map((w) => w.id), ["research", "default"]);
  assert.deepEqual((await all(research.workspaces.listAll({ limit: 1 }))).map((w) => w.id), ["research"]);
  assert.equal((await research.workspaces.get("research")).usage.open_jobs, 0);
  await assert.rejects(research.workspaces.get("default"), failing("NOT_FOUND", 404));
  const changed = await client.workspaces.update("research", { name: "R", settings: { concurrency_limits: { crm: 4 }, quotas: { streams: 9 } } });
  assert.deepEqual([changed.name, changed.settings.concurrency_limits, changed.quotas.streams], ["R", { crm: 4 }, 9]);

  const key = await research.apiKeys.create({ name: "ci", role: "viewer", expires_in: "1h" });
  const viewer = new Ranvier({ baseUrl: server.url, apiKey: key.key });
  await assert.rejects(viewer.jobs.start({ pathway: giveBack }), failing("FORBIDDEN", 403));
  assert.deepEqual((await viewer.apiKeys.list()).items.map((k) => k.name), ["ci", "first admin key"]);
  assert.deepEqual((await all(viewer.apiKeys.listAll({ limit: 1 }))).map((k) => k.id), [key.id, made.api_key.id]);
  await research.apiKeys.revoke(key.id);
  await assert.rejects(viewer.session(), failing("AUTH_REQUIRED", 401));
});

test("receptors", async () => {
  await client.pathways.create({ name: "Give back", slug: "give-back", pathway_graph: giveBack });
  const made = await client.receptors.create({
    name: "Orders", executable_target: { kind: "pathway", id: "give-back" }, active_channels: ["http", "webhook"], source_config: { dedupe: "body.id" },
  });
  assert.match(made.source_config.signing_secret ?? "", /^whsec_/);
  assert.equal((await client.receptors.get("orders")).id, made.id);
  const changed = await client.receptors.update("orders", { active_channels: ["http"], source_config: null });
  assert.deepEqual([changed.version, changed.active_channels], [2, ["http"]]);
  assert.deepEqual((await all(client.receptors.listAll({ search: "ord" }))).map((r) => r.slug), ["orders"]);
  const fired = await client.receptors.fire("orders", { input: { id: 4711 } }, { waitSeconds: 30, idempotencyKey: "order-4711" });
  assert.deepEqual([fired.job?.result, fired.job?.receptor_id], [{ id: 4711 }, made.id]);
  const again = await client.receptors.fire("orders", { input: { id: 4711 } }, { idempotencyKey: "order-4711" });
  assert.deepEqual([again.job_id, again.replayed], [fired.job_id, true]);

  const share = await client.receptors.share(made.id, { expires_in: "1h" });
  assert.equal((await client.receptors.getShare("orders")).expires_at, share.expires_at);
  await assert.rejects(client.receptors.share("orders"), failing("CONFLICT", 409));
  assert.notEqual((await client.receptors.rotateShare("orders")).token, share.token);
  await client.receptors.unshare("orders");
  await assert.rejects(client.receptors.getShare("orders"), failing("NOT_FOUND", 404));
  await client.receptors.delete("orders");
  await assert.rejects(client.receptors.fire("orders"), failing("NOT_FOUND", 404));
});

test("a signal whose answer is lost is sent again and counts once", async () => {
  const { job_id } = await client.jobs.start({ pathway: untilPaid }, { waitSeconds: 30 });
  let n = 0;
  const losing = new Ranvier({
    baseUrl: server.url, apiKey,
    fetch: async (url, init) => {
      const response = await fetch(url, init);
      if (++n < 3) throw new TypeError("fetch failed");
      return response;
    },
  });
  const { job_id: told, replayed } = await losing.jobs.signal(job_id, "order.paid", { amount: 120 });
  assert.deepEqual([told, replayed, n], [job_id, true, 3]);
  assert.deepEqual((await client.jobs.untilComplete(job_id)).result, { amount: 120 });
  assert.equal((await all(client.jobs.events(job_id, { types: ["signal.received"] }))).length, 1);

  const early = await client.jobs.start({ pathway: { nodes: [{ id: "x", type: "delay", for: "1h" }] } });
  const first = await client.jobs.signal(early.job_id, "order.paid", undefined, { idempotencyKey: "one" });
  assert.equal(first.replayed, false);
  assert.deepEqual(await client.jobs.signal(early.job_id, "order.paid", null, { idempotencyKey: "one" }), { ...first, replayed: true });
  await assert.rejects(client.jobs.signal(early.job_id, "order.paid", 2, { idempotencyKey: "one" }), failing("IDEMPOTENCY_MISMATCH", 409));
  await client.jobs.cancel(early.job_id);
  await assert.rejects(client.jobs.signal(early.job_id, "order.paid"), failing("CONFLICT", 409));
});

test("a deleted job is gone, but for its events", async () => {
  const { job_id } = await client.jobs.start({ pathway: giveBack, input: "secret" }, { waitSeconds: 30 });
  await client.jobs.delete(job_id);
  await assert.rejects(client.jobs.getStatus(job_id), failing("GONE", 410));
  await assert.rejects(all(client.jobs.stream(job_id)), failing("GONE", 410));
  const events = await all(client.jobs.events(job_id));
  assert.ok(events.some((e) => e.type === "job.deleted"));
  assert.ok(!JSON.stringify(events).includes("secret"));
});

test("traces, whatever their name", async () => {
  await client.neurons.create({ name: "Parrot", slug: "parrot", kind: "echo" });
  const talk = "talks/1 über?#%2f";
  const ids = [];
  for (const message of ["Hello", "And?"]) {
    ids.push((await client.neurons.invoke("parrot", { message, trace_id: talk }, { waitSeconds: 30 })).job_id);
  }
  const said = [["user", "Hello"], ["assistant", "Hello"], ["user", "And?"], ["assistant", "And?"]];
  assert.deepEqual((await all(client.traces.allMessages(talk, { limit: 3 }))).map((m) => [m.role, m.content]), said);
  assert.deepEqual((await client.traces.messages(talk, { offset: 3 })).items.map((m) => m.content), ["And?"]);
  const trace = await client.traces.get(talk, { limit: 1 });
  assert.deepEqual([trace.job_count, trace.jobs.map((j) => j.job_id), trace.total], [2, ids.slice(1), 2]);
  assert.deepEqual((await all(client.traces.listAll())).map((t) => t.trace_id), [talk]);
  await assert.rejects(client.traces.messages(".."), TypeError);
  await assert.rejects(client.traces.get("unknown"), failing("NOT_FOUND", 404));
});

test("versions", async () => {
  for (const delay_ms of [1, 2, 3]) {
    const body = { name: "Echo", slug: "echo", kind: "echo", config: { delay_ms } };
    await (delay_ms === 1 ? client.neurons.create(body) : client.neurons.update("echo", body));
  }
  assert.deepEqual((await all(client.neurons.allVersions("echo", { limit: 2 }))).map((n) => n.version), [3, 2, 1]);
  await client.neurons.promote("echo", 1);
  assert.deepEqual((await client.neurons.get("echo")).config, { delay_ms: 1 });
  assert.equal((await client.neurons.getVersion("echo", 2)).version, 2);
});

test("the server itself", async () => {
  assert.equal((await client.service.health()).status, "ok");
  assert.equal((await client.service.ready()).status, "ready");
  assert.match(await client.service.metrics(), /^# HELP ranvier_/m);
  assert.match(await client.service.openapi(), /operationId: streamEvents/);
  const answering = (/** @type {unknown} */ body) => new Ranvier({
    baseUrl: server.url, apiKey, fetch: async () => new Response(JSON.stringify(body), { status: 503, headers: { "Retry-After": "1" } }),
  });
  const checks = [{ name: "log", ready: false, reason: "no room" }];
  assert.deepEqual(await answering({ status: "not_ready", checks }).service.ready(), { status: "not_ready", checks });
  const draining = { message: "the server stops", code: "UNAVAILABLE", details: [], request_id: "r" };
  await assert.rejects(answering(draining).service.ready(), failing("UNAVAILABLE", 503));
});
