// That no route of the contract is forgotten: each operation has a method here
// that sends just its request, or a reason why there is none.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { PublicRanvier, Ranvier, RanvierError } from "@ranvier/client";

/** @typedef {import("@ranvier/client").operations} Operations */
/** @typedef {(client: Ranvier, shared: PublicRanvier) => Promise<unknown> | AsyncGenerator<unknown>} Method */

const graph = { nodes: [] };
const answer = { action: "approve" };
const lease = { task_id: "id", lease: 1 };

/**
 * By operationId. Ids are sent by the names that they have in the path.
 * @type {Record<keyof Operations, Method | string>}
 */
const methods = {
  getHealth: (c) => c.service.health(),
  getReady: (c) => c.service.ready(),
  getMetrics: (c) => c.service.metrics(),
  getOpenAPI: (c) => c.service.openapi(),
  getDocs: "a page for people",
  getDocsFile: "a part of a page for people",
  getSession: (c) => c.session(),

  listWorkspaces: (c) => c.workspaces.list(),
  createWorkspace: (c) => c.workspaces.create({ name: "Research", slug: "research" }),
  getWorkspace: (c) => c.workspaces.get("id"),
  patchWorkspace: (c) => c.workspaces.update("id", {}),
  listKeys: (c) => c.apiKeys.list(),
  createKey: (c) => c.apiKeys.create({ name: "ci", role: "viewer" }),
  revokeKey: (c) => c.apiKeys.revoke("id"),

  listSecrets: (c) => c.secrets.list(),
  getSecret: (c) => c.secrets.get("name"),
  putSecret: (c) => c.secrets.put("name", "9f2c41d07be84c1aa6f0"),
  deleteSecret: (c) => c.secrets.delete("name"),

  startJob: (c) => c.jobs.start({ pathway: graph }),
  listJobs: (c) => c.jobs.list(),
  getJob: "the same as getJobStatus",
  getJobStatus: (c) => c.jobs.getStatus("id"),
  deleteJob: (c) => c.jobs.delete("id"),
  listJobEvents: (c) => c.jobs.events("id"),
  explainJob: (c) => c.jobs.explain("id"),
  getResult: (c) => c.jobs.getResult("id"),
  getStepOutput: (c) => c.jobs.getStepOutput("id", "node"),
  streamJob: (c) => c.jobs.stream("id"),
  cancelJob: (c) => c.jobs.cancel("id"),
  pauseJob: (c) => c.jobs.pause("id"),
  resumeJob: (c) => c.jobs.resume("id"),
  answerJob: (c) => c.jobs.provideInput("id", "intervention", answer),
  signalJob: (c) => c.jobs.signal("id", "name"),
  rerunJob: (c) => c.jobs.rerun("id"),
  shareJob: (c) => c.jobs.share("id"),
  unshareJob: (c) => c.jobs.unshare("id"),
  streamEvents: (c) => c.events.stream(),

  listInterventions: (c) => c.interventions.list(),
  getIntervention: (c) => c.interventions.get("id"),
  respondToIntervention: (c) => c.interventions.respond("id", answer),
  shareIntervention: (c) => c.interventions.share("id"),

  listQueues: (c) => c.workers.queues(),
  leaseTasks: (c) => c.workers.lease("queue"),
  listTasks: (c) => c.tasks.list(),
  heartbeatTask: (c) => c.tasks.heartbeat(lease),
  progressTask: (c) => c.tasks.progress(lease, { percent: 50 }),
  completeTask: (c) => c.tasks.complete(lease, {}),
  failTask: (c) => c.tasks.fail(lease, { message: "it broke" }),

  listReceptors: (c) => c.receptors.list(),
  createReceptor: (c) => c.receptors.create({ name: "Orders", executable_target: { kind: "pathway", id: "publish" } }),
  getReceptor: (c) => c.receptors.get("id"),
  patchReceptor: (c) => c.receptors.update("id", {}),
  deleteReceptor: (c) => c.receptors.delete("id"),
  fireReceptor: (c) => c.receptors.fire("id"),
  shareReceptor: (c) => c.receptors.share("id"),
  getReceptorShare: (c) => c.receptors.getShare("id"),
  unshareReceptor: (c) => c.receptors.unshare("id"),
  rotateReceptorShare: (c) => c.receptors.rotateShare("id"),
  getReceptorByWorkspace: "the same as getReceptor",
  patchReceptorByWorkspace: "the same as patchReceptor",
  deleteReceptorByWorkspace: "the same as deleteReceptor",
  shareReceptorByWorkspace: "the same as shareReceptor",
  getReceptorShareByWorkspace: "the same as getReceptorShare",
  unshareReceptorByWorkspace: "the same as unshareReceptor",
  rotateReceptorShareByWorkspace: "the same as rotateReceptorShare",
  postHook: "sent by others, who sign it by Standard Webhooks",

  getPublicStatus: (_, p) => p.jobs.getStatus("id"),
  streamPublicJob: (_, p) => p.jobs.stream("id"),
  getPublicReceptorById: (_, p) => p.receptors.get("id"),
  executePublicReceptorById: (_, p) => p.receptors.execute("id"),
  getPublicReceptor: (_, p) => p.receptors.get("workspace_slug/id"),
  executePublicReceptor: (_, p) => p.receptors.execute("workspace_slug/id"),
  getDelivery: (_, p) => p.intervention.get(),
  answerDelivery: (_, p) => p.intervention.respond(answer),

  validatePathway: (c) => c.pathways.validate(graph),
  listPathways: (c) => c.pathways.list(),
  createPathway: (c) => c.pathways.create({ name: "Publish", pathway_graph: graph }),
  getPathway: (c) => c.pathways.get("id"),
  replacePathway: (c) => c.pathways.update("id", { name: "Publish", pathway_graph: graph }),
  deletePathway: (c) => c.pathways.delete("id"),
  executePathway: (c) => c.pathways.execute("id"),
  listPathwayVersions: (c) => c.pathways.versions("id"),
  getPathwayVersion: (c) => c.pathways.getVersion("id", 7),
  promotePathway: (c) => c.pathways.promote("id", 7),

  listNeurons: (c) => c.neurons.list(),
  createNeuron: (c) => c.neurons.create({ name: "Parrot", kind: "echo" }),
  getNeuron: (c) => c.neurons.get("id"),
  replaceNeuron: (c) => c.neurons.update("id", { name: "Parrot", kind: "echo" }),
  deleteNeuron: (c) => c.neurons.delete("id"),
  invokeNeuron: (c) => c.neurons.invoke("id", { message: "Hello" }),
  listNeuronVersions: (c) => c.neurons.versions("id"),
  getNeuronVersion: (c) => c.neurons.getVersion("id", 7),
  promoteNeuron: (c) => c.neurons.promote("id", 7),

  listTraces: (c) => c.traces.list(),
  getTrace: (c) => c.traces.get("id"),
  listMessages: (c) => c.traces.messages("id"),
  postChat: "it is gone",
};

/** The operations of the contract: their routes and what is written of them. */
async function operations() {
  const text = await readFile(new URL("../../../httpapi/openapi.yaml", import.meta.url), "utf8");
  /** @type {Map<string, {route: string, text: string}>} */
  const found = new Map();
  let path = "";
  let verb = "";
  let operation = { route: "", text: "" };
  for (const line of text.slice(text.indexOf("\npaths:"), text.indexOf("\ncomponents:")).split("\n")) {
    path = /^  (\/\S*):$/.exec(line)?.[1] ?? path;
    verb = /^    ([a-z]+):$/.exec(line)?.[1] ?? verb;
    const id = /^      operationId: (\w+)$/.exec(line)?.[1];
    if (/^ {0,4}\S/.test(line)) operation = { route: "", text: "" };
    if (id !== undefined) found.set(id, (operation = { route: `${verb.toUpperCase()} ${path}`, text: "" }));
    operation.text += `${line}\n`;
  }
  assert.equal(found.size, text.match(/operationId:/g)?.length, "the contract is written otherwise than this test reads it");
  return found;
}

const contract = await operations();

test("the table has the operations of the contract", () => {
  assert.deepEqual(Object.keys(methods).sort(), [...contract.keys()].sort());
});

for (const [id, { route, text }] of contract) {
  const method = methods[/** @type {keyof Operations} */ (id)];
  if (typeof method === "string") {
    const same = /^the same as (\w+)$/.exec(method)?.[1];
    if (same === undefined) continue;
    test(`${id} is another way to ${same}`, () => {
      assert.equal(typeof methods[/** @type {keyof Operations} */ (same)], "function");
      assert.match(text, new RegExp(`The same as \`${contract.get(same)?.route.split(" ")[1]}\``));
    });
    continue;
  }
  test(`${id} is sent as ${route}`, async () => {
    /** @type {{url: URL, init: RequestInit}[]} */
    const sent = [];
    const options = {
      baseUrl: "http://host/base", maxRetries: 0,
      fetch: async (/** @type {string} */ url, /** @type {RequestInit} */ init) => {
        sent.push({ url: new URL(url), init });
        throw new TypeError("fetch failed");
      },
    };
    const result = method(new Ranvier({ ...options, apiKey: "key" }), new PublicRanvier({ ...options, token: "token" }));
    await assert.rejects("next" in result ? result.next() : result, (error) => error instanceof RanvierError && error.code === "CONNECTION_FAILED");
    const [{ url, init } = assert.fail("nothing was sent"), ...more] = sent;
    assert.equal(more.length, 0);
    assert.equal(`${init.method} ${url.pathname}`, route.replace("/{n}", "/7").replace(/[{}]/g, "").replace(" ", " /base"));
    const headers = new Headers(init.headers);
    const open = route.includes("/v1/public/");
    assert.equal(headers.get("Authorization"), open ? null : "Bearer key");
    if (/parameters\/(Idempotency|Signal)Key"/.test(text)) assert.match(headers.get("Idempotency-Key") ?? "", /^[0-9a-f]{32}$/);
    if (text.includes('parameters/ShareToken"')) {
      assert.equal(url.searchParams.get("t") ?? JSON.parse(String(init.body)).share_token, "token");
    }
  });
}
