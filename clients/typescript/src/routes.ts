// Calls of single routes. A route is named as in the contract, such as
// "GET /v1/jobs/{id}/status"; what it takes and gives is read from the
// generated types, so that a call which does not fit the contract does not
// compile.
import { pathOf, type Answered, type Call, type Query, type Transport } from "./transport.js";
import type { CallOptions } from "./types.js";
import type { paths } from "./schema.js";

type Verbs = "get" | "post" | "put" | "patch" | "delete";

/** Every route of the contract. */
export type Route = {
  [Path in keyof paths]: { [Verb in Verbs]: Required<paths[Path]>[Verb] extends { responses: unknown } ? `${Uppercase<Verb>} ${Path}` : never }[Verbs];
}[keyof paths];

type Operation<R extends Route> = R extends `${infer Verb} ${infer Path extends keyof paths}` ? Required<paths[Path]>[Lowercase<Verb> & Verbs] : never;
type Content<Answer> = Answer extends { content: { "application/json": infer Body } } ? Body : never;

/** What a route answers when it did what it was asked. */
export type Result<R extends Route> = Operation<R> extends { responses: infer Answers }
  ? { [Status in keyof Answers]: Status extends 200 | 201 | 202 ? Content<Answers[Status]> : never }[keyof Answers]
  : never;

/** The body that a route takes. */
export type Body<R extends Route> = Operation<R> extends { requestBody?: infer B } ? Content<NonNullable<B>> : never;

type Parameters<R extends Route, In extends string> = Operation<R> extends { parameters: { [Place in In]?: infer P } } ? NonNullable<P> : never;

/** The query that a route takes. */
export type QueryOf<R extends Route> = Parameters<R, "query">;

/** The parts of a request, all but the route. */
export type Request<R extends Route> = Omit<Call, "method" | "path" | "query" | "body" | "signal"> & {
  query?: { [Name in keyof QueryOf<R>]: QueryOf<R>[Name] | undefined } | undefined;
  body?: Body<R>;
} & ([Parameters<R, "path">] extends [never] ? { path?: never } : {
  /** What stands for the names in braces; it is checked and encoded. */
  path: { [Name in keyof Parameters<R, "path">]: string | number };
});

/** Calls a route and gives what it answers. */
export async function call<R extends Route>(transport: Transport, route: R, request: Request<R>, options: CallOptions): Promise<Result<R>> {
  const answer: Answered<Result<R>> = await transport.send({ ...request, ...target(route, request.path), query: request.query as Query, signal: options.signal });
  return answer.body;
}

/** The method and path of a route. */
export function target(route: Route, names: Record<string, string | number> = {}): Pick<Call, "method" | "path"> {
  const [method, path] = route.split(" ") as [Call["method"], string];
  return { method, path: pathOf(path, names) };
}
