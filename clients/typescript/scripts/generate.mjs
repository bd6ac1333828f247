// Writes src/schema.ts, the types of the API's contract. With --check it only
// tells, by its exit code, whether that file still fits the contract.
import { readFile, writeFile } from "node:fs/promises";
import openapiTS, { astToString } from "openapi-typescript";
import ts from "typescript";

const contract = new URL("../../../httpapi/openapi.yaml", import.meta.url);
const target = new URL("../src/schema.ts", import.meta.url);

const nodes = await openapiTS(contract, {
  silent: true,
  alphabetize: false,
  // A field with a default may be left out of a request.
  defaultNonNullable: false,
  emptyObjectsUnknown: true,
  // "Any JSON" is unknown to TypeScript: a union of all JSON types would
  // refuse values whose type is an interface.
  transform(_schema, { path }) {
    if (path === "#/components/schemas/Any") return ts.factory.createKeywordTypeNode(ts.SyntaxKind.UnknownKeyword);
    return undefined;
  },
});
const text = `// Made from httpapi/openapi.yaml by "npm run generate". Do not edit.\n\n${astToString(nodes)}`;

if (!process.argv.includes("--check")) {
  await writeFile(target, text);
} else if ((await readFile(target, "utf8").catch(() => "")) !== text) {
  console.error('src/schema.ts does not fit httpapi/openapi.yaml: run "npm run generate" and commit the result');
  process.exit(1);
}
