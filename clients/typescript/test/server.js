// A real server for the tests: bin/ranvier on a directory and a port of its own.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** The instance's admin key. */
export const apiKey = "key-of-the-tests-of-the-typescript-client";

/** RANVIER_BIN, or bin/ranvier, which is built when it is absent. */
function binary() {
  if (process.env["RANVIER_BIN"]) return process.env["RANVIER_BIN"];
  const bin = join(root, "bin", "ranvier");
  if (!existsSync(bin)) {
    execFileSync("go", ["build", "-trimpath", "-o", bin, "./cmd/ranvier"], { cwd: root, stdio: "inherit", env: { ...process.env, CGO_ENABLED: "0" } });
  }
  return bin;
}

/** A server process that can be ended and begun again on the same directory and port. */
export class Server {
  #dir = "";
  #listen = "127.0.0.1:0";
  /** @type {string[]} */
  #flags = [];
  /** @type {import("node:child_process").ChildProcess | undefined} */
  #process;

  /** Base URL; it stays the same over restarts. */
  get url() {
    return `http://${this.#listen}`;
  }

  /**
   * Starts a server on a new directory.
   * @param {string[]} flags further ones
   */
  static async start(...flags) {
    const server = new Server();
    server.#flags = flags;
    server.#dir = await mkdtemp(join(tmpdir(), "ranvier-client-"));
    await server.begin();
    return server;
  }

  /** Begins the process; resolves when it serves. */
  async begin() {
    const child = spawn(binary(), ["serve", "--data-dir", this.#dir, "--listen", this.#listen, "--log-format", "json", "--shutdown-grace", "500ms", ...this.#flags], {
      env: { RANVIER_BOOTSTRAP_KEY: apiKey }, // no settings of whoever runs the tests
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#process = child;
    const url = await new Promise((resolve, reject) => {
      let log = "";
      child.once("exit", () => reject(new Error(`the server ended at its start:\n${log}`)));
      child.once("error", reject);
      // The log is read to its end: a full pipe would stop the server.
      createInterface({ input: child.stderr }).on("line", (line) => {
        log += `${line}\n`;
        const entry = JSON.parse(line.startsWith("{") ? line : "{}");
        if (entry.msg === "serving") resolve(entry.url);
      });
    });
    this.#listen = new URL(url).host;
  }

  /**
   * Ends the process and resolves when it is gone.
   * @param {NodeJS.Signals} signal
   */
  async end(signal = "SIGTERM") {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, "exit");
    child.kill(signal);
    await exit;
  }

  /** @param {NodeJS.Signals} signal */
  async restart(signal) {
    await this.end(signal);
    await this.begin();
  }

  /** Ends the process and removes its directory. */
  async remove() {
    await this.end("SIGKILL");
    await rm(this.#dir, { recursive: true, force: true });
  }
}

/**
 * A pathway whose first step says words one by one, and whose second asks.
 * @param {number} words
 * @param {number} chunk_delay_ms
 */
export function sayAndAsk(words, chunk_delay_ms) {
  return {
    nodes: [
      { id: "say", type: "neuron", kind: "echo", config: { chunk_delay_ms }, input: { message: Array.from({ length: words }, (_, i) => `wörd${i}`).join(" ") } },
      { id: "ask", type: "human", prompt: "Go on?", actions: ["approve", "reject"] },
    ],
    edges: [{ from: "say", to: "ask" }],
    output: { action: "{{ nodes.ask.output.action }}", text: "{{ nodes.say.output.text }}" },
  };
}

/** A pathway that gives its input at once. */
export const giveBack = { nodes: [{ id: "give", type: "transform", output: "{{ input }}" }] };
