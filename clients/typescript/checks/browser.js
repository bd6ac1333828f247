// Chromium's own EventSource follows a job by a share token while the server
// is killed and started again; and the page at /docs is drawn without a request
// to another server.
import assert from "node:assert/strict";
import { chromium } from "playwright-core";
import { sayAndAsk } from "../test/server.js";
import { call, checkFrames, Server } from "./api.js";

const executablePath = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
const browser = await chromium.launch({
  executablePath,
  args: ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
});
const server = await Server.start();
try {
  const page = await browser.newPage();
  const elsewhere = [];
  page.on("response", (r) => {
    if (!r.url().startsWith("data:") && !r.url().startsWith(server.url)) elsewhere.push(r.url());
  });
  const errors = [];
  page.on("pageerror", (e) => errors.push(e.message));
  await page.goto(`${server.url}/docs`);
  await page.waitForSelector("h2:has-text('Start a job')");
  assert.deepEqual(elsewhere, [], "the page got something from elsewhere");
  assert.deepEqual(errors, []);
  console.log("browser: /docs is drawn, nothing came from elsewhere");

  for (const signal of ["SIGTERM", "SIGKILL"]) {
    const { job_id } = await call(server.url, "POST", "/v1/jobs", { pathway: sayAndAsk(60, 20) }, 202);
    const { token } = await call(server.url, "POST", `/v1/jobs/${job_id}/share`, {}, 201);
    const name = `seen${signal}`;
    let tokens = 0;
    let restarted = Promise.resolve();
    const frames = [];
    const ended = new Promise((resolve, reject) => {
      void page.exposeFunction(name, (what, data, id) => {
        if (what === "end") return resolve(data);
        const frame = JSON.parse(data);
        if (frame.cursor !== id) reject(new Error(`the id is ${id}, the cursor ${frame.cursor}`));
        frames.push(frame);
        if (frame.type === "token" && ++tokens === 5) restarted = server.restart(signal);
        if (frame.type === "state_update" && frame.waitingFor) {
          call(server.url, "GET", `/v1/jobs/${job_id}/status`)
            .then((status) => call(server.url, "POST", `/v1/interventions/${status.waitingFor.interventionId}/respond`, { action: "approve" }))
            .catch(reject);
        }
      }).then(() => page.evaluate(({ url, name }) => {
        const source = new EventSource(url);
        let opened = 0;
        source.onopen = () => opened++;
        source.onmessage = (m) => window[name]("frame", m.data, m.lastEventId);
        source.onerror = () => source.readyState === EventSource.CLOSED && window[name]("end", opened);
      }, { url: `/v1/public/jobs/${job_id}/stream?t=${token}`, name })).catch(reject);
    });
    const opened = await ended;
    await restarted;
    const n = await checkFrames(server.url, job_id, frames);
    console.log(`browser, ${signal}: ${frames.length} frames over ${opened} connections, ${n} events, 0 repeated, 0 missing; closed at the 204`);
  }
} finally {
  await browser.close();
  await server.remove();
}
