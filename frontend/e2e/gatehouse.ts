import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A Gatehouse that serves browsers from a data folder of its own, until it is closed. */
export class Gatehouse {
  /** "http://localhost:PORT", the same after a restart. */
  address = "";
  #process: ChildProcess | undefined;
  #ended: Promise<unknown> = Promise.resolve();
  #log = "";
  readonly #folder = mkdtempSync(join(tmpdir(), "gatehouse-e2e-"));

  private constructor(
    readonly binary: string,
    readonly command: "serve" | "demo",
    readonly flags: string[],
  ) {}

  static async start(binary: string, command: "serve" | "demo", flags: string[] = []): Promise<Gatehouse> {
    const gatehouse = new Gatehouse(binary, command, flags);
    await gatehouse.resume();
    return gatehouse;
  }

  /** The folder of the temporary files, where a test may leave its own. */
  get folder(): string {
    return this.#folder;
  }

  /** The data folder that is served. */
  get data(): string {
    return join(this.#folder, this.command === "demo" ? "data-demo" : "data");
  }

  /** Starts it again after `stop`, on the same data folder and so on the same port. */
  async resume(): Promise<void> {
    const child = spawn(this.binary, ["--data", join(this.#folder, "data"), ...this.flags, this.command], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#process = child;
    this.#ended = new Promise((resolve) => child.once("exit", resolve));
    child.stderr.on("data", (text) => {
      this.#log += text;
    });
    const link = await new Promise<string>((resolve, reject) => {
      createInterface(child.stdout).once("line", resolve);
      child.once("error", reject);
      child.once("exit", (code) => reject(new Error(`Gatehouse ended with ${code}.\n${this.#log}`)));
    });
    this.address = new URL(link).origin;
  }

  /** Ends the process in order; the data folder stays. */
  async stop(): Promise<void> {
    this.#process?.kill("SIGTERM");
    await this.#ended;
  }

  async close(): Promise<void> {
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** A new start link. */
  async link(): Promise<string> {
    const { stdout } = await run(this.binary, ["--data", this.data, "link"]);
    return stdout.trim();
  }

  /** What the server complained about. */
  log(): string {
    return this.#log;
  }
}
