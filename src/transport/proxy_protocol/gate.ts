import { type AddressRange, isWithin } from "../../config/address_range.ts";
import { plainAddress } from "../../config/loopback.ts";
import type { Front, FrontedConnection, Origin } from "../front.ts";
import { type ProxyHeader, ProxyHeaderReader } from "./header.ts";

/** Bounds of headers that are being read, on all listeners of a gate together. */
export interface ProxyGateLimits {
  /** From the connection to the end of the header; the connection is closed then. */
  readonly timeoutMilliseconds: number;
  /** Headers under way; the next connection is closed. */
  readonly underWayMax: number;
}

/** The bounds of profile `standard`. A proxy sends its header with the first segment, or it has lost one. */
export const PROXY_GATE_LIMITS: ProxyGateLimits = { timeoutMilliseconds: 5000, underWayMax: 1024 };

export interface ProxyGateOptions {
  /** The proxies that are believed. Everybody else is closed. */
  readonly from: readonly AddressRange[];
  readonly limits?: ProxyGateLimits;
  /** Told of each connection that was not taken, and why. */
  readonly onRefused: (address: string, reason: string) => void;
}

/**
 * Reads what proxies say of their connections. There is no guessing (§2): every connection must come from a proxy that
 * is listed, and must begin with a header.
 */
export class ProxyGate implements Front {
  readonly #options: ProxyGateOptions;
  readonly #limits: ProxyGateLimits;
  #underWay = 0;

  constructor(options: ProxyGateOptions) {
    this.#options = options;
    this.#limits = options.limits ?? PROXY_GATE_LIMITS;
  }

  async admit(connection: FrontedConnection): Promise<Origin | undefined> {
    const reason = this.#refusal(connection) ?? await this.#header(connection);
    if (typeof reason !== "string") return reason;
    connection.close();
    if (reason !== "") this.#options.onRefused(plainAddress(connection.address), reason);
    return undefined;
  }

  #refusal({ address }: FrontedConnection): string | undefined {
    if (!isWithin(address, this.#options.from)) {
      return "it is not among the proxies that the listener believes";
    }
    return this.#underWay < this.#limits.underWayMax ? undefined : "too many PROXY headers are under way";
  }

  /** Where the connection comes from, or why it is not taken; empty if it ended without a byte, as probes do. */
  async #header(connection: FrontedConnection): Promise<Origin | string> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      connection.close();
    }, this.#limits.timeoutMilliseconds);
    this.#underWay += 1;
    try {
      const header = await readHeader(connection);
      if (typeof header !== "string") return originOf(header, connection);
      return late ? "its PROXY header took too long" : header;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    } finally {
      clearTimeout(timer);
      this.#underWay -= 1;
    }
  }
}

async function readHeader(connection: FrontedConnection): Promise<ProxyHeader | string> {
  const reader = new ProxyHeaderReader();
  for (let begun = false;; begun = true) {
    const bytes = await connection.read(reader.missing);
    if (bytes === undefined) return begun ? "its PROXY header was cut off" : "";
    const header = reader.push(bytes);
    if (header !== undefined) return header;
  }
}

function originOf({ source }: ProxyHeader, { address, port }: FrontedConnection): Origin {
  const { address: claimed, port: claimedPort } = source ?? { address, port };
  return { address: plainAddress(claimed), port: claimedPort };
}
