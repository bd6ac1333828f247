// Prints why jobs of the workspace fail, from a place on, until it is stopped:
// node failures.ts [cursor]
import { Ranvier } from "@ranvier/client";

const ranvier = new Ranvier({ baseUrl: process.env["URL"] ?? "http://127.0.0.1:8080", apiKey: process.env["API_KEY"] ?? "" });

const stop = new AbortController();
process.once("SIGINT", () => stop.abort());
try {
  for await (const frame of ranvier.events.stream({ after: process.argv[2], filters: { status: "failed" }, signal: stop.signal })) {
    console.log(frame.cursor, frame.job_id, frame.error?.code ?? "", frame.failedReason);
  }
} catch (error) {
  if (!stop.signal.aborted) throw error;
}
