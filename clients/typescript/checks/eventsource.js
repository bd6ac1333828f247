// An EventSource that is not ours follows a job while the server is restarted,
// first orderly, then by a kill: it must see every event once, in order, and
// stop at the 204 after the end.
import { EventSource } from "eventsource";
import { sayAndAsk } from "../test/server.js";
import { apiKey, call, checkFrames, Server } from "./api.js";
import assert from "node:assert/strict";

/** Follows a job with an EventSource; at the nth token something happens. */
function follow(url, job, nth, happen) {
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
        call(url, "POST", `/v1/interventions/${frame.waitingFor.interventionId}/respond`, { action: "approve" }).catch(reject);
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
  for (const signal of ["SIGTERM", "SIGKILL"]) {
    const { job_id } = await call(server.url, "POST", "/v1/jobs", { pathway: sayAndAsk(60, 20) }, 202);
    const { frames, opened } = await follow(server.url, job_id, 5, () => server.restart(signal));
    const n = await checkFrames(server.url, job_id, frames);
    console.log(`eventsource, ${signal}: ${frames.length} frames over ${opened} connections, ${n} events, 0 repeated, 0 missing; closed at the 204`);
  }
} finally {
  await server.remove();
}
