// Follows a job and keeps its place in a file, so that a restart of this
// program goes on where it was: node resume.ts <job id> <file>
import { readFile, rename, writeFile } from "node:fs/promises";
import { Ranvier } from "@ranvier/client";

const [job, file] = process.argv.slice(2);
if (job === undefined || file === undefined) throw new Error("usage: resume.ts <job id> <file>");

const ranvier = new Ranvier({ baseUrl: process.env["URL"] ?? "http://127.0.0.1:8080", apiKey: process.env["API_KEY"] ?? "" });

const after = await readFile(file, "utf8").catch(() => undefined);
for await (const frame of ranvier.jobs.stream(job, { after })) {
  console.log(frame.type, frame.status ?? "", frame.token ?? "");
  await writeFile(`${file}.new`, frame.cursor);
  await rename(`${file}.new`, file);
}
