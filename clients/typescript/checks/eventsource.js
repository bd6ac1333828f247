// An EventSource that is not ours follows a job while the server is restarted,
// first orderly, then by a kill: it must see every event once, in order, and
// stop at the 204 after the end. Run: npm ci && npm run eventsource
import assert from "node:assert/strict";
import { EventSource } from "eventsource";
import { Ranvier } from "../dist/index.js";
import { apiKey, sayAndAsk, Server } from "../test/server.js";

/** Follows a job with an EventSource; at the nth token something happens. */
function follow(client, url, job, nth, happen) {
  const source = new EventSource(`${url}/v1/jobs/${job}/stream`, {
    fetch: (input, init) => fetch(input, { ...init, headers: { ...init.headers, Authorization: `Bearer ${apiKey}` } }),
  });
  const frames = [];
  let tokens = 0;
  let opened = 0;
  let happened = Promise.resolve();
  return new Promise((resolve, reject) => {
    source.onopen = () => opened++;
    source.onmessage = (message) => {
      const frame = JSON.parse(message.data);
      assert.equal(message.lastEventId, frame.cursor);
      frames.push(frame);
      if (frame.type === "token" && ++tokens === nth) happened = happen();
      if (frame.type === "state_update" && frame.waitingFor) {
        client.jobs.provideInput(job, frame.waitingFor.interventionId, { action: "approve" }).catch(reject);
      }
    };
    source.onerror = () => {
      if (source.readyState !== EventSource.CLOSED) return; // it connects again
      happened.then(() => resolve({ frames, opened }), reject);
    };
  });
}

const server = await Server.start();
try {
  const client = new Ranvier({ baseUrl: server.url, apiKey });
  for (const signal of ["SIGTERM", "SIGKILL"]) {
    const { job_id } = await client.jobs.start({ pathway: sayAndAsk(60, 20) });
    const { frames, opened } = await follow(client, server.url, job_id, 5, () => server.restart(signal));
    assert.equal(frames.at(-1).type, "complete");
    assert.equal(new Set(frames.map((f) => f.cursor)).size, frames.length, "a frame came twice");
    const seen = frames.flatMap((f) => f.events ?? []).map((e) => `${e.n} ${e.type}`);
    const log = [];
    for await (const e of client.jobs.events(job_id)) log.push(`${e.n} ${e.type}`);
    assert.deepEqual(seen, log);
    console.log(`${signal}: ${frames.length} frames over ${opened} connections, ${log.length} events, each once; closed at the 204`);
  }
} finally {
  await server.remove();
}
