// Starts a job that asks, follows it, and approves.
// Run: npm run build && node examples/approve.ts   (Node 23.6 or later runs TypeScript as it is)
import { JobFailedError, Ranvier } from "@ranvier/client";

const ranvier = new Ranvier({ baseUrl: process.env["URL"] ?? "http://127.0.0.1:8080", apiKey: process.env["API_KEY"] ?? "" });

const { job_id } = await ranvier.jobs.start({
  pathway: {
    nodes: [
      { id: "greet", type: "neuron", kind: "echo", config: { chunk_delay_ms: 100 }, input: { message: "Good morning, {{ input.name }}!" } },
      { id: "review", type: "human", prompt: "Send this? {{ nodes.greet.output.text }}", actions: ["approve", "reject"] },
    ],
    edges: [{ from: "greet", to: "review" }],
    output: { sent: "{{ nodes.review.output.action == 'approve' }}", text: "{{ nodes.greet.output.text }}" },
  },
  input: { name: "Ada" },
});

try {
  const job = await ranvier.jobs.untilComplete<{ sent: boolean; text: string }>(job_id, {
    signal: AbortSignal.timeout(60_000),
    async onFrame(frame) {
      if (frame.type === "token") process.stdout.write(frame.token ?? "");
      if (frame.type === "state_update" && frame.waitingFor?.type === "intervention") {
        console.log(`\n${frame.waitingFor.prompt} Yes.`);
        await ranvier.jobs.provideInput(job_id, frame.waitingFor.interventionId, { action: "approve" });
      }
    },
  });
  console.log(job.result?.sent, job.result?.text);
} catch (error) {
  if (!(error instanceof JobFailedError)) throw error;
  console.error(error.job.error?.code, error.message);
  process.exitCode = 1;
}
