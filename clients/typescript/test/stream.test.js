// Streams of a real server that stops, crashes, or whose connections break.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Ranvier, RanvierError } from "@ranvier/client";
import { all, questionOf } from "./expect.js";
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

/** Reads a job's frames to its end, approving what it asks; at the nth token something happens. */
async function watch(/** @type {string} */ id, /** @type {number} */ nth, /** @type {() => Promise<void>} */ happen) {
  const frames = [];
  let tokens = 0;
  let happened = Promise.resolve();
  for await (const frame of client.jobs.stream(id)) {
    frames.push(frame);
    if (frame.type === "token" && ++tokens === nth) happened = happen();
    if (frame.type === "state_update" && frame.waitingFor) {
      await client.jobs.provideInput(id, questionOf(frame).interventionId, { action: "approve" });
    }
  }
  await happened;
  return frames;
}

/** That the commits' frames hold each event of the audit log, in order and once. */
async function assertWhole(/** @type {string} */ id, /** @type {Frame[]} */ frames) {
  const seen = frames.flatMap((f) => f.events ?? []).map((e) => `${e.n} ${e.type}`);
  const log = [];
  for await (const e of client.jobs.events(id)) log.push(`${e.n} ${e.type}`);
  assert.deepEqual(seen, log);
}

test("the server is restarted in mid-stream: all frames, each once", async () => {
  const { job_id } = await client.jobs.start({ pathway: sayAndAsk(60, 20) });
  const frames = await watch(job_id, 5, () => server.restart("SIGTERM"));
  assert.deepEqual(new Set(frames.map((f) => f.cursor)).size, frames.length);
  await assertWhole(job_id, frames);
  assert.deepEqual(frames, await all(client.jobs.stream(job_id)), "the same as a later replay");
  assert.deepEqual(frames.at(-1)?.result, { action: "approve", text: Array.from({ length: 60 }, (_, i) => `wörd${i}`).join(" ") });
});

test("the server is killed in mid-stream: all events, each once", async () => {
  const { job_id } = await client.jobs.start({ pathway: sayAndAsk(60, 20) });
  const frames = await watch(job_id, 5, () => server.restart("SIGKILL"));
  assert.deepEqual(new Set(frames.map((f) => f.cursor)).size, frames.length);
  await assertWhole(job_id, frames);
  assert.equal(frames.at(-1)?.type, "complete");
  // A crash may lose words of the log that were already sent; never events.
  const replay = await all(client.jobs.stream(job_id));
  const commits = (/** @type {Frame[]} */ fs) => fs.filter((f) => f.type !== "token").map((f) => ({ ...f, cursor: f.cursor.split("-")[0] }));
  assert.deepEqual(commits(frames), commits(replay));
  const last = Math.max(...frames.map((f) => (f.type === "token" ? f.attempt ?? 0 : 0)));
  const words = frames.filter((f) => f.type === "token" && f.attempt === last).map((f) => f.token).join("");
  assert.equal(words, Array.from({ length: 60 }, (_, i) => `wörd${i}`).join(" "), "the last attempt's words are whole");
});

test("connections that break within frames and characters: the same frames", async () => {
  const { job_id } = await client.jobs.start({ pathway: sayAndAsk(20, 0) });
  const whole = await watch(job_id, -1, async () => {});
  let connections = 0;
  /** @type {(url: string, init: RequestInit) => Promise<Response>} */
  const breaking = async (url, init) => {
    const response = await fetch(url, init);
    if (response.status !== 200) return response;
    const text = (await response.text()).replace("retry: 1000", "retry: 1"); // which must be honoured, else this takes minutes
    const bytes = new TextEncoder().encode(text);
    // The first frame must come through, else it would go on for ever.
    const first = text.indexOf("\n\n") + 2;
    const kept = bytes.slice(0, Math.min(bytes.length, first + 37 * (connections % 13)));
    connections++;
    const body = new ReadableStream({
      start(controller) {
        for (let i = 0; i < kept.length; i += 7) controller.enqueue(kept.slice(i, i + 7));
      },
      pull(controller) {
        // Some end cleanly, others break: neither is the end of the job.
        if (connections % 2 === 0 || kept.length === bytes.length) controller.close();
        else controller.error(new TypeError("terminated"));
      },
    }, { highWaterMark: 0 });
    return new Response(body, { status: 200, headers: { "Content-Type": "text/event-stream" } });
  };
  const shaky = new Ranvier({ baseUrl: server.url, apiKey, fetch: breaking });
  assert.deepEqual(await all(shaky.jobs.stream(job_id)), whole);
  assert.ok(connections > 3, `only ${connections} connections`);
  // And from each place in between.
  for (const i of whole.keys()) {
    assert.deepEqual(await all(client.jobs.stream(job_id, { after: whole[i]?.cursor })), whole.slice(i + 1));
  }
});

test("a silent connection is replaced", async () => {
  const { job_id } = await client.jobs.start({ pathway: giveBack, input: "x" }, { waitSeconds: 30 });
  let connections = 0;
  const silent = new Ranvier({
    baseUrl: server.url, apiKey,
    fetch: async (url, init) => {
      if (++connections > 1) return fetch(url, init);
      const body = new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode("retry: 1\n\n"));
          init.signal?.addEventListener("abort", () => controller.error(init.signal?.reason));
        },
      });
      return new Response(body, { headers: { "Content-Type": "text/event-stream" } });
    },
  });
  const frames = await all(silent.jobs.stream(job_id, { idleMs: 20 }));
  assert.deepEqual([connections, frames.at(-1)?.result], [2, "x"]);
});

test("a signal ends a stream, also while it waits or reconnects", async () => {
  const { job_id } = await client.jobs.start({ pathway: sayAndAsk(1, 0) });
  const controller = new AbortController();
  const frames = [];
  await assert.rejects(async () => {
    for await (const frame of client.jobs.stream(job_id, { signal: controller.signal })) {
      frames.push(frame);
      if (frame.waitingFor) queueMicrotask(() => controller.abort(new Error("enough")));
    }
  }, /^Error: enough$/);
  assert.notEqual(frames.length, 0);

  const broken = new AbortController();
  const offline = new Ranvier({
    baseUrl: server.url, apiKey, maxRetries: 1000,
    fetch: async () => {
      queueMicrotask(() => broken.abort(new Error("gave up")));
      throw new TypeError("fetch failed");
    },
  });
  await assert.rejects(all(offline.jobs.stream(job_id, { signal: broken.signal })), /^Error: gave up$/);
});

test("leaving the loop closes the connection", async () => {
  const { job_id } = await client.jobs.start({ pathway: sayAndAsk(1, 0) });
  /** @type {AbortSignal[]} */
  const signals = [];
  const watched = new Ranvier({
    baseUrl: server.url, apiKey,
    fetch: (url, init) => {
      if (init.signal) signals.push(init.signal);
      return fetch(url, init);
    },
  });
  for await (const frame of watched.jobs.stream(job_id)) {
    assert.equal(signals[0]?.aborted, false);
    if (frame.type === "state_update") break;
  }
  assert.deepEqual(signals.map((s) => s.aborted), [true]);
});

test("a server that is not there: an error after maxRetries", async () => {
  let tries = 0;
  const nowhere = new Ranvier({
    baseUrl: server.url, apiKey, maxRetries: 1,
    fetch: async () => {
      tries++;
      throw new TypeError("fetch failed");
    },
  });
  await assert.rejects(all(nowhere.jobs.stream("x")), (error) => error instanceof RanvierError && error.code === "CONNECTION_FAILED");
  assert.equal(tries, 2);
});

test("a stream after the end is empty", async () => {
  const { job } = await client.jobs.start({ pathway: giveBack }, { waitSeconds: 30 });
  assert.ok(job);
  assert.deepEqual(await all(client.jobs.stream(job.job_id, { after: job.cursor })), []);
});
