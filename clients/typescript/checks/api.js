// What the checks share: a server, and requests to it without our client.
import assert from "node:assert/strict";
import { apiKey, Server } from "../test/server.js";

export { apiKey, Server };

/**
 * Asks the server and gives the answer's JSON; another status than wanted fails.
 * @param {string} base @param {string} method @param {string} path @param {unknown} [body] @param {number} [want]
 */
export async function call(base, method, path, body, want = 200) {
  const answer = await fetch(base + path, {
    method,
    headers: { Authorization: `Bearer ${apiKey}`, ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  assert.equal(answer.status, want, `${method} ${path}: ${text}`);
  return text === "" ? undefined : JSON.parse(text);
}

/** All events of a job, as "n type". */
export async function eventsOf(base, job) {
  const list = [];
  for (let path = `/v1/jobs/${job}/events?limit=1000`; path !== ""; ) {
    const page = await call(base, "GET", path);
    list.push(...page.events.map((e) => `${e.n} ${e.type}`));
    path = page.next === null ? "" : `/v1/jobs/${job}/events?limit=1000&after=${page.next}`;
  }
  return list;
}

/** Fails unless the frames show every event of the job once and in order, and end with it. */
export async function checkFrames(base, job, frames) {
  assert.equal(frames.at(-1).type, "complete");
  assert.equal(new Set(frames.map((f) => f.cursor)).size, frames.length, "a frame came twice");
  const log = await eventsOf(base, job);
  assert.deepEqual(frames.flatMap((f) => f.events ?? []).map((e) => `${e.n} ${e.type}`), log);
  return log.length;
}
