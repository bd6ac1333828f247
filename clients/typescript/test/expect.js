// What tests expect: all that an iterator gives, and errors by their codes.
import assert from "node:assert/strict";
import { RanvierError } from "@ranvier/client";

/** @template T @param {AsyncIterable<T>} items */
export async function all(items) {
  const out = [];
  for await (const item of items) out.push(item);
  return out;
}

/** @param {string} code @param {number} status */
export const failing = (code, status) => (/** @type {unknown} */ error) => {
  assert.ok(error instanceof RanvierError, String(error));
  assert.deepEqual([error.code, error.status], [code, status], error.message);
  return true;
};

/**
 * The question of a job that waits.
 * @param {{waitingFor?: import("@ranvier/client").Frame["waitingFor"]}} job a status or a frame
 */
export function questionOf(job) {
  const asked = job.waitingFor;
  assert.ok(asked?.type === "intervention");
  return asked;
}
