// Sample code of a client that knows the API by its OpenAPI document alone.
import type { components, operations, paths } from "./generated.js";

type Job = components["schemas"]["Job"];
type Start = paths["/v1/jobs"]["post"]["requestBody"]["content"]["application/json"];
type Started = operations["startJob"]["responses"]["202"]["content"]["application/json"];

export async function run(base: string, key: string, start: Start): Promise<Job> {
  const headers = { Authorization: `Bearer ${key}`, "Content-Type": "application/json" };
  const answer = await fetch(`${base}/v1/jobs`, { method: "POST", headers, body: JSON.stringify(start) });
  const started = (await answer.json()) as Started;
  const status = await fetch(`${base}/v1/jobs/${started.job_id}/status`, { headers });
  return (await status.json()) as Job;
}

export function describe(job: Job): string {
  switch (job.status) {
    case "completed":
      return "completed";
    case "failed":
      return `failed: ${job.failedReason}`;
    default:
      return `${job.status}, ${job.progress} %`;
  }
}

export const start: Start = { pathway_id: "publish", input: { topic: "axons" }, labels: { team: "docs" }, priority: 3 };
// @ts-expect-error a name that the document does not have
export const typo: Start = { pathwayId: "publish" };
// @ts-expect-error no status of a job
export const status: Job["status"] = "done";
