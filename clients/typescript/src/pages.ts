// Lists: one page, or all of them as they are read.
import type { Answered, Query, Transport } from "./transport.js";
import type { CallOptions, Page, Paging } from "./types.js";

/** Reads one page of a list, whose items are named as the end of its path. */
export async function page<Item>(transport: Transport, path: string, query: object, options: CallOptions): Promise<Page<Item>> {
  const { body }: Answered<Record<string, unknown>> = await transport.send({ method: "GET", path, query: filters(query), signal: options.signal });
  const { total, limit, offset, [path.slice(path.lastIndexOf("/") + 1).replace("-", "_")]: items } = body;
  return { items: items as Item[], total: total as number, limit: limit as number, offset: offset as number };
}

/** A query with each label as a parameter of its own. */
export function filters({ labels, ...query }: { labels?: Record<string, string> }): Query {
  const out: Query = { ...query };
  for (const [name, value] of Object.entries(labels ?? {})) out[`label.${name}`] = value;
  return out;
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
