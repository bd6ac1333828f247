// Workspaces and their API keys.
import { Collection } from "./collections.js";
import { call } from "./routes.js";
import type { Transport } from "./transport.js";
import type { ApiKey, ApiKeyRequest, CallOptions, NewApiKey, NewWorkspace, Workspace, WorkspaceDetail, WorkspacePatch, WorkspaceRequest } from "./types.js";

/** A workspace's id is its slug. */
export class Workspaces extends Collection<Workspace> {
  constructor(transport: Transport) {
    super(transport, "/v1/workspaces", "id");
  }

  /** Makes a workspace and its first admin key, whose text is shown in this answer only. */
  create(request: WorkspaceRequest, options: CallOptions = {}): Promise<NewWorkspace> {
    return call(this.transport, "POST /v1/workspaces", { body: request }, options);
  }

  /** The workspace with its limits and what it uses. */
  get(id: string, options: CallOptions = {}): Promise<WorkspaceDetail> {
    return call(this.transport, "GET /v1/workspaces/{id}", { path: { id } }, options);
  }

  /** Changes what is given. */
  update(id: string, patch: WorkspacePatch, options: CallOptions = {}): Promise<WorkspaceDetail> {
    return call(this.transport, "PATCH /v1/workspaces/{id}", { path: { id }, body: patch }, options);
  }
}

export class ApiKeys extends Collection<ApiKey> {
  constructor(transport: Transport) {
    super(transport, "/v1/api-keys", "id");
  }

  /** Makes a key. Its text is shown in this answer only. */
  create(request: ApiKeyRequest, options: CallOptions = {}): Promise<NewApiKey> {
    return call(this.transport, "POST /v1/api-keys", { body: request }, options);
  }

  /** Revokes the key with this id. */
  async revoke(id: string, options: CallOptions = {}): Promise<void> {
    await call(this.transport, "DELETE /v1/api-keys/{id}", { path: { id } }, options);
  }
}
