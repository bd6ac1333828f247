// Lists: one page, or all of them as they are read.
import type { Answered, Query, Transport } from "./transport.js";
import type { CallOptions, Page, Paging } from "./types.js";

/** Reads one page of a list whose items are under the given name. */
export async function page<Item>(transport: Transport, path: string, plural: string, query: Query, options: CallOptions): Promise<Page<Item>> {
  const { body }: Answered<Record<string, unknown>> = await transport.send({ method: "GET", path, query, signal: options.signal });
  return { items: body[plural] as Item[], total: body["total"] as number, limit: body["limit"] as number, offset: body["offset"] as number };
}

/**
 * Gives the items of all pages. What is created meanwhile moves the others to
 * later pages: an item is given once all the same, and new ones are not given.
 * What is deleted, or no longer fits a filter, meanwhile can hide others.
 */
export async function* pages<Item>(read: (paging: Required<Paging>) => Promise<Page<Item>>, idOf: (item: Item) => string, from: Paging): AsyncGenerator<Item, void, undefined> {
  const given = new Set<string>();
  const limit = from.limit ?? 200;
  for (let offset = from.offset ?? 0; ; offset += limit) {
    const { items, total } = await read({ limit, offset });
    for (const item of items) {
      const id = idOf(item);
      if (given.has(id)) continue;
      given.add(id);
      yield item;
    }
    if (items.length === 0 || offset + items.length >= total) return;
  }
}
