// Shares a job and its question with somebody who has no key: they watch the
// one and answer the other.
// Run: npm run build && node examples/share.ts   (Node 23.6 or later runs TypeScript as it is)
import { PublicRanvier, Ranvier, RanvierError } from "@ranvier/client";

const baseUrl = process.env["URL"] ?? "http://127.0.0.1:8080";
const ranvier = new Ranvier({ baseUrl, apiKey: process.env["API_KEY"] ?? "" });

const { job_id, job } = await ranvier.jobs.start({
  pathway: {
    nodes: [
      { id: "review", type: "human", prompt: "Publish {{ input.title }}?", actions: ["approve", "reject"] },
      { id: "paid", type: "wait_event", event: "paid" },
    ],
    edges: [{ from: "review", to: "paid" }],
  },
  input: { title: "Axons" },
}, { waitSeconds: 30 });
if (job?.waitingFor?.type !== "intervention") throw new Error(`the job is ${job?.status}`);

// These two are what is sent to Ada, who has no key.
const watch = await ranvier.jobs.share(job_id, { expires_in: "1h" });
const answer = await ranvier.interventions.share(job.waitingFor.interventionId, { responder: "ada@example.org", expires_in: "1h" });

const { intervention } = new PublicRanvier({ baseUrl, token: answer.token });
console.log((await intervention.get()).prompt);
console.log((await intervention.respond({ action: "approve", comment: "Good" })).status);

try {
  for await (const frame of new PublicRanvier({ baseUrl, token: watch.token }).jobs.stream(job_id)) {
    console.log(frame.type, frame.status ?? "", frame.progress ?? "");
    if (frame.waitingFor?.type === "event") await ranvier.jobs.unshare(job_id); // Ada has seen enough
  }
} catch (error) {
  if (!(error instanceof RanvierError)) throw error;
  console.log(error.code, error.status);
}

await ranvier.jobs.signal(job_id, "paid", { amount: 120 });
console.log((await ranvier.jobs.untilComplete(job_id)).status);
