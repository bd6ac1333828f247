// The feed of a workspace: everything once, over restarts, and its filters.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Ranvier } from "@ranvier/client";
import { all, failing, questionOf } from "./expect.js";
import { apiKey, giveBack, sayAndAsk, Server } from "./server.js";

/** @typedef {import("@ranvier/client").Frame} Frame */

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
 * Reads the feed until so many jobs have completed.
 * @param {number} jobs
 * @param {import("@ranvier/client").FeedOptions} options
 * @param {(frame: Frame) => Promise<void>} see
 */
async function untilCompleted(jobs, options, see = async () => {}) {
  const frames = [];
  for await (const frame of client.events.stream(options)) {
    frames.push(frame);
    await see(frame);
    if (frame.type === "complete" && --jobs === 0) break;
  }
  return frames;
}

/** @param {Frame} frame */
const place = (frame) => Number(frame.cursor.split("-")[0]);

test("the server is stopped, and killed, in mid-feed: every commit of every job, once, in order", async () => {
  const filters = { labels: { test: "restarts" } };
  const ids = [];
  for (let i = 0; i < 3; i++) ids.push((await client.jobs.start({ pathway: sayAndAsk(3, 1), labels: filters.labels })).job_id);
  await client.jobs.start({ pathway: giveBack }); // which the filter leaves out
  const ends = /** @type {NodeJS.Signals[]} */ (["SIGTERM", "SIGKILL"]);
  const asked = new Set();
  const frames = await untilCompleted(3, { filters }, async (frame) => {
    if (!frame.waitingFor || asked.has(frame.job_id)) return;
    asked.add(frame.job_id);
    const end = ends.shift();
    if (end !== undefined) await server.restart(end);
    await client.interventions.respond(questionOf(frame).interventionId, { action: "approve" });
  });
  assert.deepEqual([ends, [...asked].sort()], [[], ids.sort()]);
  assert.deepEqual(frames.map(place), [...new Set(frames.map(place))].sort((a, b) => a - b));
  for (const id of ids) {
    const seen = frames.filter((f) => f.job_id === id).flatMap((f) => f.events ?? []).map((e) => `${e.n} ${e.type}`);
    assert.deepEqual(seen, (await all(client.jobs.events(id))).map((e) => `${e.n} ${e.type}`));
  }
  assert.deepEqual(new Set(frames.map((f) => f.job_id)), new Set(ids));
  assert.deepEqual(await untilCompleted(3, { filters }), frames, "the same as a later replay");
  for (const i of [0, frames.length - 2]) {
    assert.deepEqual((await untilCompleted(i === 0 ? 3 : 1, { filters, after: frames[i]?.cursor })).at(0), frames[i + 1]);
  }
});

test("the feed of a key that is revoked ends with an error", async () => {
  const { id, key } = await client.apiKeys.create({ name: "watcher", role: "viewer" });
  await client.jobs.start({ pathway: giveBack });
  let frames = 0;
  await assert.rejects(async () => {
    for await (const _ of new Ranvier({ baseUrl: server.url, apiKey: key }).events.stream()) {
      if (frames++ === 0) await client.apiKeys.revoke(id);
    }
  }, failing("AUTH_REQUIRED", 401));
  assert.notEqual(frames, 0);
});

test("filters", async () => {
  const trace_id = "one of many";
  const { job_id } = await client.jobs.start({ pathway: giveBack, trace_id, input: 1 });
  await client.jobs.start({ pathway: giveBack, input: 2 });
  const ended = await untilCompleted(1, { filters: { trace_id, status: "completed" } });
  assert.deepEqual(ended.map((f) => [f.job_id, f.type, f.result]), [[job_id, "complete", 1]]);
});

test("a signal ends the feed, which has no end of its own", async () => {
  const controller = new AbortController();
  const { job_id, cursor } = await client.jobs.start({ pathway: giveBack });
  /** @type {string[]} */
  const types = [];
  await assert.rejects(async () => {
    for await (const frame of client.events.stream({ after: cursor, signal: controller.signal })) {
      if (frame.job_id !== job_id) continue;
      types.push(frame.type);
      // It goes on after a job's end; nothing more comes of this one.
      if (frame.type === "complete") queueMicrotask(() => controller.abort(new Error("enough")));
    }
  }, /^Error: enough$/);
  assert.equal(types.at(-1), "complete");
});
