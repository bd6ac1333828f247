// Data that is stored apart, secrets, and models with tools, on a real server
// whose steps call a server of this test.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { Ranvier } from "@ranvier/client";
import { all, failing } from "./expect.js";
import { apiKey, giveBack, Server } from "./server.js";

/** @type {Server} */
let server;
/** @type {Ranvier} */
let client;

/** What requests to /find had as their Authorization. @type {(string | undefined)[]} */
const keys = [];

/** The chunks of a model that has two orders found, and then says so. */
function modelSays(/** @type {string} */ asked) {
  if (asked.includes('"role":"tool"')) return [{ delta: { content: "Both are there." } }, { delta: {}, finish_reason: "stop" }];
  const tool_calls = [4, 7].map((number, index) => (
    { index, id: `call_${number}`, type: "function", function: { name: "find", arguments: JSON.stringify({ number }) } }
  ));
  return [{ delta: { tool_calls } }, { delta: {}, finish_reason: "tool_calls" }];
}

const outside = createServer(async (request, response) => {
  const url = new URL(request.url ?? "", "http://outside");
  if (url.pathname === "/find") {
    keys.push(request.headers.authorization);
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify({ order: url.searchParams.get("number") }));
    return;
  }
  let asked = "";
  for await (const piece of request) asked += piece;
  response.setHeader("Content-Type", "text/event-stream");
  for (const choice of modelSays(asked)) {
    response.write(`data: ${JSON.stringify({ model: "small", choices: [{ index: 0, finish_reason: null, ...choice }] })}\n\n`);
  }
  response.end("data: [DONE]\n\n");
});
let base = "";

before(async () => {
  outside.listen(0, "127.0.0.1");
  await once(outside, "listening");
  base = `http://127.0.0.1:${/** @type {import("node:net").AddressInfo} */ (outside.address()).port}`;
  server = await Server.start("--inline-limit", "4KiB", "--egress-allow", "127.0.0.0/8");
  client = new Ranvier({ baseUrl: server.url, apiKey });
});
after(async () => {
  await server.remove();
  outside.closeAllConnections();
  outside.close();
});

const large = "wörd ".repeat(2000);

test("a large result comes whole", async () => {
  const pathway = {
    nodes: [...giveBack.nodes, { id: "rest", type: "delay", for: "1ms" }],
    edges: [{ from: "give", to: "rest" }],
    output: "{{ nodes.give.output }}",
  };
  const { job_id, job } = await client.jobs.start({ pathway, input: large }, { waitSeconds: 30 });
  assert.deepEqual([job?.result, job?.result_bytes], [null, Buffer.byteLength(large) + 2]);
  assert.equal(JSON.stringify(large).startsWith(job?.result_preview ?? "absent"), true);
  assert.equal(job?.result_url, `/v1/jobs/${job_id}/result`);
  assert.equal(await client.jobs.getResult(job_id), large);
  assert.equal((await client.jobs.untilComplete(job_id)).result, large);

  const frames = await all(client.jobs.stream(job_id));
  const given = frames.find((f) => f.type === "content_block");
  assert.deepEqual([given?.output, given?.output_bytes], [undefined, job?.result_bytes]);
  assert.equal(await client.jobs.getStepOutput(job_id, "give"), large);
});

test("a small result, one that is null, and none", async () => {
  for (const input of [{ a: 1 }, null]) {
    const { job_id } = await client.jobs.start({ pathway: giveBack, input }, { waitSeconds: 30 });
    assert.deepEqual((await client.jobs.untilComplete(job_id)).result, input);
    assert.deepEqual(await client.jobs.getResult(job_id), input);
  }
  const waits = await client.jobs.start({ pathway: { nodes: [{ id: "x", type: "delay", for: "1h" }] } });
  await assert.rejects(client.jobs.getResult(waits.job_id), failing("CONFLICT", 409));
  await assert.rejects(client.jobs.getStepOutput(waits.job_id, "x"), failing("NOT_FOUND", 404));
  await client.jobs.cancel(waits.job_id);
});

test("outputs inside a map, and of visits", async () => {
  const each = { id: "each", type: "map", items: "{{ input }}", node: { id: "double", type: "transform", output: "{{ item * 2 }}" } };
  const mapped = await client.jobs.start({ pathway: { nodes: [each] }, input: [1, 2, 3] }, { waitSeconds: 30 });
  assert.deepEqual(mapped.job?.steps[0]?.items, { total: 3, succeeded: 3, failed: 0 });
  assert.equal(await client.jobs.getStepOutput(mapped.job_id, "each/2"), 6);
  assert.deepEqual(await client.jobs.getStepOutput(mapped.job_id, "each"), mapped.job?.result);

  const loop = {
    nodes: [
      { id: "double", type: "transform", output: "{{ has(nodes.double) ? nodes.double.output * 2 : 1 }}" },
      { id: "rest", type: "delay", for: "1ms" },
      { id: "done", type: "end" },
    ],
    edges: [{ from: "double", to: "rest" }, { from: "rest", to: "double", max_visits: 3 }, { from: "rest", to: "done" }],
  };
  const { job_id } = await client.jobs.start({ pathway: loop }, { waitSeconds: 30 });
  const visits = [1, 2, 3].map((visit) => client.jobs.getStepOutput(job_id, "double", { visit }));
  assert.deepEqual(await Promise.all(visits), [1, 2, 4]);
  assert.equal(await client.jobs.getStepOutput(job_id, "double"), 8);
});

test("secrets", async () => {
  await client.secrets.put("shop", "first-key-of-the-shop");
  const made = await client.secrets.put("shop", "second-key-of-the-shop");
  assert.deepEqual([made.name, made.version], ["shop", 2]);
  assert.deepEqual(await client.secrets.get("shop"), made);
  assert.deepEqual((await all(client.secrets.listAll())).map((s) => s.name), ["shop"]);
  const pathway = { nodes: [{ id: "find", type: "http", url: `${base}/find?number=4`, headers: { Authorization: "Bearer {{ secret.shop }}" } }] };
  const { job_id } = await client.jobs.start({ pathway });
  await client.jobs.untilComplete(job_id);
  assert.deepEqual(keys.splice(0), ["Bearer second-key-of-the-shop"]);
  await client.secrets.delete("shop");
  await assert.rejects(client.secrets.get("shop"), failing("NOT_FOUND", 404));
  const { job } = await client.jobs.start({ pathway }, { waitSeconds: 30 });
  assert.equal(job?.error?.code, "SECRET_UNKNOWN");
});

test("the stream tells of the calls of a model", async () => {
  const find = {
    name: "find", description: "Finds an order.", http: { url: `${base}/find` },
    parameters: { type: "object", properties: { number: { type: "integer" } }, required: ["number"] },
  };
  const agent = { id: "agent", type: "neuron", kind: "llm", config: { model: "small", base_url: base, tools: [find] }, input: { message: "Where are 4 and 7?" } };
  const { job_id } = await client.jobs.start({ pathway: { nodes: [agent], output: "{{ nodes.agent.output.text }}" } });
  const frames = await all(client.jobs.stream(job_id));
  assert.equal(frames.at(-1)?.result, "Both are there.");
  const calls = frames.filter((f) => f.type === "reflex_call").flatMap((f) => [f, ...(f.calls ?? [])]);
  assert.ok(calls.every((c) => c.name === "find"));
  const said = (/** @type {"arguments" | "result"} */ what) =>
    Object.fromEntries(calls.filter((c) => c[what] !== undefined).map((c) => [c.call_id, c[what]]));
  assert.deepEqual(Object.values(said("arguments")), [{ number: 4 }, { number: 7 }]);
  assert.deepEqual(Object.values(said("result")).map((r) => JSON.stringify(r)).sort(), ['{"order":"4"}', '{"order":"7"}']);
  assert.deepEqual(Object.keys(said("result")).sort(), Object.keys(said("arguments")).sort());
});
