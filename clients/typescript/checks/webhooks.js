// The package standardwebhooks signs messages for POST /v1/hooks/{id}, over a
// change of the secret.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { giveBack } from "../test/server.js";
import { call, Server } from "./api.js";

const server = await Server.start();
try {
  const { url } = server;
  const pathway = await call(url, "POST", "/v1/pathways", { name: "give", pathway_graph: { ...giveBack, edges: [] } }, 201);
  const receptor = await call(url, "POST", "/v1/receptors", {
    name: "Orders", executable_target: { kind: "pathway", id: pathway.id }, active_channels: ["webhook"],
  }, 201);
  const first = receptor.source_config.signing_secret;
  assert.match(first, /^whsec_/);

  let sent = 0;
  /** Sends a message as the package signs it. */
  async function send(secret, { id = `msg_${++sent}`, at = new Date(), body = { order: { id } }, tamper = (text) => text } = {}) {
    const text = JSON.stringify(body);
    const answer = await fetch(`${url}/v1/hooks/${receptor.id}`, {
      method: "POST",
      headers: {
        "Content-Type": "application/json", "webhook-id": id, "webhook-timestamp": `${Math.floor(at.getTime() / 1000)}`,
        "webhook-signature": new Webhook(secret).sign(id, at, text),
      },
      body: tamper(text),
    });
    return { status: answer.status, body: await answer.json(), replayed: answer.headers.get("Idempotent-Replay") };
  }
  const rotate = (secrets) => call(url, "PATCH", `/v1/receptors/default/${receptor.id}`, { source_config: { signing_secret: secrets } });
  const fresh = () => `whsec_${randomBytes(32).toString("base64")}`;

  const a = await send(first);
  assert.equal(a.status, 202, JSON.stringify(a.body));
  const again = await send(first, { id: "msg_1", body: { other: 1 } });
  assert.equal(again.body.job_id, a.body.job_id, "a repeated message made another job");
  assert.equal((await send(fresh())).status, 401, "a wrong secret");
  assert.equal((await send(first, { tamper: (text) => `${text} ` })).status, 401, "a changed body");
  assert.equal((await send(first, { at: new Date(Date.now() - 6 * 60_000) })).status, 400, "an old message");
  assert.equal((await send(first, { at: new Date(Date.now() + 6 * 60_000) })).status, 400, "a message from the future");

  const second = fresh();
  await rotate([second, first]);
  assert.equal((await send(first)).status, 202, "the old secret while both count");
  assert.equal((await send(second)).status, 202, "the new secret while both count");
  await rotate(second);
  assert.equal((await send(first)).status, 401, "the old secret after the change");
  assert.equal((await send(second)).status, 202, "the new secret after the change");
  await server.restart("SIGKILL");
  assert.equal((await send(first, { id: "msg_1" })).status, 401, "the old secret after a restart");
  const late = await send(second, { id: "msg_1" });
  assert.equal(late.body.job_id, a.body.job_id, "a message repeated after a restart made another job");
  console.log(`standardwebhooks: ${sent} messages, a change of secrets and a kill: as the specification says`);
} finally {
  await server.remove();
}
