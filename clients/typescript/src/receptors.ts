// Receptors: what starts jobs by a request, a webhook or a schedule.
import { Stored } from "./collections.js";
import { call } from "./routes.js";
import { start } from "./start.js";
import type { Transport } from "./transport.js";
import type { CallOptions, ExecuteRequest, NewShare, Receptor, ReceptorBody, ReceptorPatch, Share, ShareRequest, Started, StartOptions } from "./types.js";

/** `id` is an id or a slug. */
export class Receptors extends Stored<Receptor, ReceptorBody> {
  constructor(transport: Transport) {
    super(transport, "/v1/receptors");
  }

  /** Changes what is given; null removes. */
  update(id: string, patch: ReceptorPatch, options: CallOptions = {}): Promise<Receptor> {
    return call(this.transport, "PATCH /v1/receptors/{id}", { path: { id }, body: patch }, options);
  }

  /** Starts a job of the receptor's target. */
  fire<Result = unknown>(id: string, request: ExecuteRequest = {}, options: StartOptions = {}): Promise<Started<Result>> {
    return start(this.transport, "POST /v1/receptors/{id}/fire", { path: { id }, body: request }, options);
  }

  /** Makes the receptor's share token. It has one at most. */
  share(id: string, request: ShareRequest = {}, options: CallOptions = {}): Promise<NewShare> {
    return call(this.transport, "POST /v1/receptors/{id}/share", { path: { id }, body: request }, options);
  }

  /** The share token without its text. */
  getShare(id: string, options: CallOptions = {}): Promise<Share> {
    return call(this.transport, "GET /v1/receptors/{id}/share", { path: { id } }, options);
  }

  /** Makes a new share token in place of the one there is. */
  rotateShare(id: string, request: ShareRequest = {}, options: CallOptions = {}): Promise<NewShare> {
    return call(this.transport, "POST /v1/receptors/{id}/share/rotate", { path: { id }, body: request }, options);
  }

  /** Revokes the share token. */
  async unshare(id: string, options: CallOptions = {}): Promise<void> {
    await call(this.transport, "DELETE /v1/receptors/{id}/share", { path: { id } }, options);
  }
}
