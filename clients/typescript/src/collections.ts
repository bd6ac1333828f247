// What is listed has much in common, and what is stored by name even more.
import { page, pages } from "./pages.js";
import { pathOf, type Answered, type Call, type Transport } from "./transport.js";
import type { CallOptions, DefinitionsQuery, Page, Paging } from "./types.js";

/** What can be listed. */
export class Collection<Item, Filters extends Paging = Paging> {
  protected readonly transport: Transport;
  protected readonly path: string;
  readonly #id: keyof Item;

  /** `id` is the field of an item that tells it from the others. */
  constructor(transport: Transport, path: string, id: keyof Item) {
    this.transport = transport;
    this.path = path;
    this.#id = id;
  }

  /** One page, newest first unless it is asked for otherwise. */
  list(query: Filters = {} as Filters, options: CallOptions = {}): Promise<Page<Item>> {
    return page(this.transport, this.path, query, options);
  }

  /** All that fit, read page by page. */
  listAll(query: Filters = {} as Filters, options: CallOptions = {}): AsyncGenerator<Item, void, undefined> {
    return pages((paging) => this.list({ ...query, ...paging }, options), (item) => String(item[this.#id]), query);
  }
}

/** What is made, named by an id or a slug, and deleted. */
export class Stored<Item extends { id: string }, NewItem, Filters extends Paging = DefinitionsQuery> extends Collection<Item, Filters> {
  constructor(transport: Transport, path: string) {
    super(transport, path, "id");
  }

  create(body: NewItem, options: CallOptions = {}): Promise<Item> {
    return this.ask("POST", "", {}, body, options);
  }

  get(id: string, options: CallOptions = {}): Promise<Item> {
    return this.ask("GET", "/{id}", { id }, undefined, options);
  }

  async delete(id: string, options: CallOptions = {}): Promise<void> {
    await this.ask("DELETE", "/{id}", { id }, undefined, options);
  }

  /** Calls a route below the collection's path. */
  protected async ask<Answer = Item>(
    method: Call["method"], below: string, names: Record<string, string | number>, body: unknown, { signal }: CallOptions,
  ): Promise<Answer> {
    const answer: Answered<Answer> = await this.transport.send({ method, path: pathOf(this.path + below, names), body, signal });
    return answer.body;
  }
}
