// The parser of server-sent events: the standard's rules, and cuts anywhere.
import assert from "node:assert/strict";
import { test } from "node:test";
import { SSEParser } from "../dist/sse.js";

/** @param {string[]} pieces */
function parse(...pieces) {
  const parser = new SSEParser();
  return { events: pieces.flatMap((piece) => parser.push(piece)), retry: parser.retry };
}

/** @param {string} data @param {string} id @param {string} event */
const event = (data, id = "", event = "message") => ({ id, event, data });

/** @type {Record<string, [text: string, events: object[], retry?: number]>} */
const cases = {
  "one line": ["data: a\n\n", [event("a")]],
  "several lines": ["data: a\ndata:b\ndata\n\n", [event("a\nb\n")]],
  "one space is taken off": ["data:  a\n\n", [event(" a")]],
  "a colon in the value": ["data: a: b\n\n", [event("a: b")]],
  "id stays": ["id: 1-0\ndata: a\n\ndata: b\n\n", [event("a", "1-0"), event("b", "1-0")]],
  "id alone counts for the next": ["id: 1-0\n\ndata: a\n\n", [event("a", "1-0")]],
  "id with a null is ignored": ["id: 1\ndata: a\n\nid: 2\0\ndata: b\n\n", [event("a", "1"), event("b", "1")]],
  "empty id": ["id: 1\ndata: a\n\nid\ndata: b\n\n", [event("a", "1"), event("b", "")]],
  "a type counts once": ["event: x\ndata: a\n\ndata: b\n\n", [event("a", "", "x"), event("b")]],
  "comments and unknown fields": [": ping\n\nfoo: bar\ndata: a\n: no\n\n", [event("a")]],
  "no data, no event": ["event: x\nid: 3\n\n\n\n", []],
  "empty data is data": ["data\n\ndata:\n\n", [event(""), event("")]],
  "unfinished at the end": ["data: a\n\ndata: b\n", [event("a")]],
  "retry": ["retry: 250\n\n", [], 250],
  "retry that is no number": ["retry: 250\nretry: 1s\nretry: -1\nretry:\n", [], 250],
  "all line ends": ["data: a\r\rdata: b\r\n\r\ndata: c\n\n\r\ndata: d\r\n\n", [event("a"), event("b"), event("c"), event("d")]],
  "CR LF is one line end": ["data: a\r\ndata: b\r\n\r\n", [event("a\nb")]],
  "byte order mark": ["\uFEFFdata: a\n\n\uFEFFdata: b\n\n", [event("a")]],
  "no other separators": ["data: a\u2028b\vc\u0085d\n\n", [event("a\u2028b\vc\u0085d")]],
};

for (const [name, [text, events, retry]] of Object.entries(cases)) {
  test(name, () => {
    assert.deepEqual(parse(text), { events, retry });
    // Cut in two anywhere, and into single characters: the same.
    for (let i = 0; i <= text.length; i++) {
      assert.deepEqual(parse(text.slice(0, i), text.slice(i)), { events, retry }, `cut at ${i}`);
    }
    assert.deepEqual(parse(...text), { events, retry });
  });
}

test("a long line that comes in many pieces", () => {
  const data = "x".repeat(1 << 20);
  const text = `id: 1\ndata: ${data}\n\n`;
  const pieces = text.match(/.{1,1000}|\n/gs) ?? [];
  assert.deepEqual(parse(...pieces).events, [event(data, "1")]);
});
