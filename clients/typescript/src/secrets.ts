// Secrets: values by name, for the calls that steps make.
import { Collection } from "./collections.js";
import { call } from "./routes.js";
import type { Transport } from "./transport.js";
import type { CallOptions, Secret } from "./types.js";

/** A secret's value is stored, and never given back. */
export class Secrets extends Collection<Secret> {
  constructor(transport: Transport) {
    super(transport, "/v1/secrets", "name");
  }

  get(name: string, options: CallOptions = {}): Promise<Secret> {
    return call(this.transport, "GET /v1/secrets/{name}", { path: { name } }, options);
  }

  /** Makes the secret, or gives it a new value, which calls use that begin from now on. */
  put(name: string, value: string, options: CallOptions = {}): Promise<Secret> {
    return call(this.transport, "PUT /v1/secrets/{name}", { path: { name }, body: { value } }, options);
  }

  /** Calls that name the secret fail from now on. */
  async delete(name: string, options: CallOptions = {}): Promise<void> {
    await call(this.transport, "DELETE /v1/secrets/{name}", { path: { name } }, options);
  }
}
