import { connect, type Server } from "node:net";
import { plainAddress } from "../config/loopback.ts";

/** How often a server that nobody has connected to is tried. */
const PERIOD_MILLISECONDS = 2000;

/** What the watch is given beside the server. */
export interface AcceptWatchOptions {
  /** The address to listen on again, as it was bound. */
  readonly address: string;
  readonly port: number;
  /** Told each time that the server had to be listened on again. */
  readonly onRecovered: () => void;
  readonly periodMilliseconds?: number;
}

/**
 * Keeps a `node:net` server accepting.
 *
 * When the process is out of descriptors, the runtime stops accepting for good, without an error and with
 * `listening` still true; clients then connect to a queue that nobody empties. Only closing and listening again
 * helps, and only a connection of our own can tell. A period in which somebody was accepted needs none.
 */
export class AcceptWatch {
  readonly #server: Server;
  readonly #options: AcceptWatchOptions;
  readonly #timer: ReturnType<typeof setInterval>;
  /** Whether something was accepted since the last tick. */
  #accepted = true;
  /** Whether a connection of ours got through to the system since the last tick. */
  #connected = false;

  constructor(server: Server, options: AcceptWatchOptions) {
    this.#server = server;
    this.#options = options;
    server.on("connection", this.#onAccepted);
    server.on("drop", this.#onAccepted);
    this.#timer = setInterval(() => this.#tick(), options.periodMilliseconds ?? PERIOD_MILLISECONDS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#server.off("connection", this.#onAccepted);
    this.#server.off("drop", this.#onAccepted);
  }

  readonly #onAccepted = (): void => {
    this.#accepted = true;
  };

  #tick(): void {
    const dead = !this.#server.listening || (this.#connected && !this.#accepted);
    const quiet = !this.#accepted;
    this.#accepted = this.#connected = false;
    if (dead) this.#listenAgain();
    else if (quiet) this.#probe();
  }

  /** While descriptors are short this fails, and the next tick tries again. */
  #probe(): void {
    const probe = connect({ host: reachable(this.#options.address), port: this.#options.port });
    probe.on("connect", () => {
      this.#connected = true;
      probe.destroy();
    });
    probe.on("error", () => probe.destroy());
  }

  #listenAgain(): void {
    if (this.#server.listening) this.#server.close();
    this.#server.off("listening", this.#options.onRecovered);
    this.#server.once("listening", this.#options.onRecovered);
    this.#server.listen(this.#options.port, this.#options.address);
  }
}

/** An address to connect to where `address` may mean all of them. */
function reachable(address: string): string {
  const plain = plainAddress(address);
  if (plain === "0.0.0.0") return "127.0.0.1";
  return plain === "::" ? "::1" : plain;
}
