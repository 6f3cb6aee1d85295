/** MQTT.js, as people use it. */
import { connectAsync, type IClientOptions, type IPublishPacket, type MqttClient } from "mqtt";
import { withinSeconds } from "../dialogue/mod.ts";

const SECONDS_MAX = 10;
const RE_AUTHENTICATE = 0x19;

/** Clients that end together. */
export class MqttJsClients {
  readonly #clients: MqttClient[] = [];

  /** Connects, and never again by itself. */
  async joins(url: string, options: IClientOptions = {}): Promise<MqttClient> {
    const client = await connectAsync(url, { reconnectPeriod: 0, ...options });
    this.#clients.push(client);
    return client;
  }

  async end(): Promise<void> {
    for (const client of this.#clients.splice(0)) await client.endAsync(true);
  }
}

/** The next message that a client gets, its topic alias resolved. */
export function nextMessage(client: MqttClient): Promise<IPublishPacket> {
  const next = new Promise<IPublishPacket>((resolve) => {
    client.once("message", (topic, _payload, packet) => resolve({ ...packet, topic }));
  });
  return withinSeconds(SECONDS_MAX, next);
}

/**
 * The reason code that something is refused with.
 *
 * @throws {Error} if it is not refused, or without a reason code
 */
export async function refusalOf(attempt: Promise<unknown>): Promise<number> {
  const error = await attempt.then(() => undefined, (reason) => reason);
  const code = error?.packet?.granted?.[0] ?? error?.code;
  if (typeof code === "number") return code;
  throw new Error(`it was not refused with a reason code: ${error}`);
}

/**
 * Sends AUTH 0x19 with a new token; resolves with the reason code of the AUTH or DISCONNECT that answers it. Before
 * MQTT.js has a method of its own for it, this is how its users do it.
 */
export function reauthenticates(
  client: MqttClient,
  properties: { readonly authenticationMethod: string; readonly authenticationData: Buffer },
): Promise<number | undefined> {
  const answered = new Promise<number | undefined>((resolve) => {
    client.handleAuth = (packet, done) => {
      resolve(packet.reasonCode);
      done();
    };
    client.once("disconnect", ({ reasonCode }) => resolve(reasonCode));
  });
  client["_sendPacket"]({ cmd: "auth", reasonCode: RE_AUTHENTICATE, properties });
  return withinSeconds(SECONDS_MAX, answered);
}
