// A worker: counts the words of the tasks of the queue "words".
// Run: npm run build && node examples/worker.ts   (Node 23.6 or later runs TypeScript as it is)
import { Ranvier, TaskFailure } from "@ranvier/client";

const ranvier = new Ranvier({ baseUrl: process.env["URL"] ?? "http://127.0.0.1:8080", apiKey: process.env["API_KEY"] ?? "" });

const stop = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => stop.abort());

await ranvier.workers.work<{ text?: string }>("words", async ({ input }, { progress }) => {
  if (!input.text) throw new TaskFailure("the input has no text", { code: "NO_TEXT", retryable: false });
  const words = input.text.split(/\s+/).filter((word) => word !== "");
  await progress({ percent: 50, message: `${words.length} words so far` });
  return { words: words.length };
}, { signal: stop.signal, concurrency: 4, worker: `words-${process.pid}` });
