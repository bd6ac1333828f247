// Reads server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation

/** One event, as it is dispatched by a blank line. */
export interface ServerSentEvent {
  /** The last id seen so far, which may be of an earlier event. */
  id: string;
  /** The event's type; "message" when it has none. */
  event: string;
  data: string;
}

/** A parser of one stream. Text comes in by pieces cut anywhere. */
export class SSEParser {
  /** What the server last asked to wait before a reconnect, in milliseconds. */
  retry: number | undefined;

  #rest = ""; // of a line that has not ended
  #begun = false;
  #skipLF = false; // the last piece ended with CR
  #id = "";
  #event = "";
  #data: string[] = [];

  /** Takes the next piece and gives the events that it completes. */
  push(piece: string): ServerSentEvent[] {
    if (piece === "") return [];
    if (!this.#begun) {
      this.#begun = true;
      if (piece.startsWith("\uFEFF")) piece = piece.slice(1);
    }
    if (this.#skipLF && piece.startsWith("\n")) piece = piece.slice(1);
    this.#skipLF = piece.endsWith("\r");
    const events: ServerSentEvent[] = [];
    let from = 0;
    // A piece is searched once, however long the line that it is part of.
    for (const end of piece.matchAll(/\r\n|\r|\n/g)) {
      const line = this.#rest + piece.slice(from, end.index);
      this.#rest = "";
      from = end.index + end[0].length;
      const event = this.#line(line);
      if (event !== undefined) events.push(event);
    }
    this.#rest += piece.slice(from);
    return events;
  }

  #line(line: string): ServerSentEvent | undefined {
    if (line === "") return this.#dispatch();
    const colon = line.indexOf(":");
    if (colon === 0) return undefined; // a comment
    const field = colon < 0 ? line : line.slice(0, colon);
    let value = colon < 0 ? "" : line.slice(colon + 1);
    if (value.startsWith(" ")) value = value.slice(1);
    switch (field) {
      case "data":
        this.#data.push(value);
        break;
      case "event":
        this.#event = value;
        break;
      case "id":
        if (!value.includes("\0")) this.#id = value;
        break;
      case "retry":
        if (/^\d+$/.test(value)) this.retry = Number(value);
        break;
    }
    return undefined;
  }

  #dispatch(): ServerSentEvent | undefined {
    const data = this.#data;
    const event = this.#event || "message";
    this.#data = [];
    this.#event = "";
    return data.length === 0 ? undefined : { id: this.#id, event, data: data.join("\n") };
  }
}
