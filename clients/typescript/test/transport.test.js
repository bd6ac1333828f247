// What is decided without a server: pauses, Retry-After, paths, errors.
import assert from "node:assert/strict";
import { test } from "node:test";
import { errorOf, RanvierError, retryAfter } from "../dist/errors.js";
import { pages } from "../dist/pages.js";
import { Ranvier } from "@ranvier/client";
import { isTransient, pathOf, pauseAfter } from "../dist/transport.js";

test("Retry-After", () => {
  const now = Date.parse("2026-01-02T15:04:05Z");
  assert.equal(retryAfter(null, now), undefined);
  assert.equal(retryAfter("7", now), 7000);
  assert.equal(retryAfter("0", now), 0);
  assert.equal(retryAfter("Fri, 02 Jan 2026 15:04:15 GMT", now), 10_000);
  assert.equal(retryAfter("Fri, 02 Jan 2026 15:04:00 GMT", now), 0);
  assert.equal(retryAfter("soon", now), undefined);
});

test("pauses double up to a bound, with jitter", () => {
  const all = (/** @type {number} */ random) => [1, 2, 3, 4, 100].map((n) => pauseAfter(n, 250, undefined, () => random));
  assert.deepEqual(all(1), [250, 500, 1000, 2000, 30_000]);
  assert.deepEqual(all(0), [125, 250, 500, 1000, 15_000]);
});

test("a pause is never shorter than the server asks for", () => {
  const busy = (/** @type {number | undefined} */ retryAfterMs) => new RanvierError("busy", { status: 429, code: "RATE_LIMIT", retryAfterMs });
  assert.equal(pauseAfter(1, 250, busy(5000), () => 0), 5000);
  assert.equal(pauseAfter(1, 250, busy(0), () => 1), 250);
  assert.equal(pauseAfter(1, 250, busy(undefined), () => 1), 250);
  assert.equal(pauseAfter(1, 250, busy(3_600_000), () => 1), undefined, "too long to wait for");
});

test("what passes by itself", () => {
  const of = (/** @type {number} */ status, code = "X") => isTransient(new RanvierError("", { status, code }));
  for (const status of [429, 502, 503, 504]) assert.equal(of(status), true, String(status));
  for (const status of [400, 401, 403, 404, 409, 410, 413, 500]) assert.equal(of(status), false, String(status));
  assert.equal(of(0, "CONNECTION_FAILED"), true);
  assert.equal(of(0, "TIMED_OUT"), true);
  assert.equal(isTransient(new TypeError("fetch failed")), false);
});

test("an id cannot name another route", () => {
  const status = (/** @type {string} */ id) => pathOf("/v1/jobs/{id}/status", { id });
  assert.equal(status("019a1c2e-7f00-7000-8000-000000000000"), "/v1/jobs/019a1c2e-7f00-7000-8000-000000000000/status");
  for (const bad of ["", ".", "..", "a.b", "a/b", "a?b", "a%2fb", "a b", "a\n", "x".repeat(65)]) {
    assert.throws(() => status(bad), TypeError, JSON.stringify(bad));
  }
  assert.throws(() => pathOf("/v1/jobs/{id}/status", {}), TypeError);
  const signal = (/** @type {string} */ name) => pathOf("/v1/jobs/{id}/signals/{name}", { id: "j", name });
  assert.equal(signal("order.paid"), "/v1/jobs/j/signals/order.paid");
  for (const bad of ["", ".", "..", ".x", "a/b", "x".repeat(65)]) assert.throws(() => signal(bad), TypeError, JSON.stringify(bad));
  const output = (/** @type {string} */ node) => pathOf("/v1/jobs/{id}/steps/{node}/output", { id: "j", node });
  assert.equal(output("draft"), "/v1/jobs/j/steps/draft/output");
  assert.equal(output("each/3/call"), "/v1/jobs/j/steps/each%2F3%2Fcall/output");
  for (const bad of ["", "/", "a/", "/a", "a//b", "..", "a/../b", "a/."]) assert.throws(() => output(bad), TypeError, JSON.stringify(bad));
  // Traces are named by any text.
  const trace = (/** @type {string} */ id) => pathOf("/v1/traces/{id}/messages", { id });
  assert.equal(trace("../a b?ü"), "/v1/traces/..%2Fa%20b%3F%C3%BC/messages");
  for (const bad of ["", ".", ".."]) assert.throws(() => trace(bad), TypeError, JSON.stringify(bad));
});

test("without a time-out there is none, also for what may wait; a time-out begins after the wait", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const aborted = async (/** @type {number} */ timeoutMs, /** @type {number} */ afterMs) => {
    /** @type {AbortSignal | null | undefined} */
    let signal;
    const { jobs } = new Ranvier({
      baseUrl: "http://host", apiKey: "key", timeoutMs, maxRetries: 0,
      fetch: async (_, init) => {
        signal = init.signal;
        t.mock.timers.tick(afterMs);
        const early = signal?.aborted;
        return new Response(JSON.stringify({ early }), { headers: { "Content-Type": "application/json" } });
      },
    });
    return /** @type {{early?: boolean}} */ (await jobs.getStatus("id", { waitSeconds: 20 })).early;
  };
  assert.equal(await aborted(0, 3_600_000), false);
  assert.equal(await aborted(10_000, 29_999), false);
  assert.equal(await aborted(10_000, 30_000), true);
});

test("a large answer may take long, as long as some of it comes", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const read = async (/** @type {number} */ pauseMs) => {
    const pieces = ['"', "wör", "d", '"'].map((piece) => new TextEncoder().encode(piece));
    const { jobs } = new Ranvier({
      baseUrl: "http://host", apiKey: "key", timeoutMs: 1000, maxRetries: 0,
      fetch: async (_, init) => new Response(new ReadableStream({
        pull(to) {
          t.mock.timers.tick(pauseMs);
          const piece = pieces.shift();
          if (init.signal?.aborted) to.error(init.signal.reason);
          else if (piece !== undefined) to.enqueue(piece);
          else to.close();
        },
      }, { highWaterMark: 0 })),
    });
    return await jobs.getResult("id");
  };
  assert.equal(await read(999), "wörd");
  await assert.rejects(read(1000), (error) => error instanceof RanvierError && error.code === "TIMED_OUT");
});

test("errors of the API and of others", async () => {
  const details = [{ path: "/priority", message: "this must be from 0 to 9" }];
  const body = { message: "no", code: "VALIDATION_ERROR", details, request_id: "r-1" };
  const known = await errorOf(new Response(JSON.stringify(body), { status: 400 }));
  assert.deepEqual([known.message, known.status, known.code, known.requestId, known.details], ["no", 400, "VALIDATION_ERROR", "r-1", details]);
  for (const text of ["<h1>Bad gateway</h1>", "", "null", "[]", '{"error":"no"}']) {
    const other = await errorOf(new Response(text, { status: 502, headers: { "X-Request-Id": "r-2", "Retry-After": "2" } }));
    assert.deepEqual([other.status, other.code, other.requestId, other.details, other.retryAfterMs], [502, "UNEXPECTED_ANSWER", "r-2", [], 2000], text);
  }
});

test("a list that grows while it is read gives each item once", async () => {
  const stored = [5, 4, 3, 2, 1].map(String);
  const given = [];
  const read = async (/** @type {{limit: number, offset: number}} */ { limit, offset }) =>
    ({ items: stored.slice(offset, offset + limit), total: stored.length, limit, offset });
  for await (const id of pages(read, (id) => id, { limit: 2 })) {
    given.push(id);
    if (id === "4") stored.unshift("6");
  }
  assert.deepEqual(given, ["5", "4", "3", "2", "1"]);
});
