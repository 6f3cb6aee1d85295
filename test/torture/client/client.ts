import { type Address, Connection } from "./connection.ts";
import * as decode from "./decode.ts";
import {
  acknowledgement,
  connect,
  disconnect,
  publish,
  subscribe,
  subscribeRetained,
  unsubscribe,
  type Will,
} from "./encode.ts";
import { Inflow, type InflowOptions } from "./inflow.ts";
import { messageIdMax, Outflow, type OutgoingMessage } from "./outflow.ts";
import { packetType, type QoS, type Version } from "./packet_type.ts";
import type { Frame } from "./splitter.ts";

export interface ClientOptions extends InflowOptions {
  readonly id: string;
  readonly version: Version;
  /** 0 for a session that ends with its connection. */
  readonly sessionExpirySeconds: number;
  readonly receiveMaximum?: number;
  /** What to publish. */
  readonly next?: () => OutgoingMessage | undefined;
  readonly windowMax?: number;
  /** How long answers to messages are kept back, so that a crash finds many messages in flight; 0 for not at all. */
  readonly lingerMilliseconds?: number;
  /** The broker no longer has a session that it had promised. */
  readonly sessionLost?: () => void;
}

/** The connection ended, or another took its place, before what was asked for came. */
export class ConnectionLost extends Error {
  override readonly name = "ConnectionLost";
}

/** The broker said no. */
export class Refused extends Error {
  override readonly name = "Refused";
}

/**
 * An MQTT client whose session outlives its connections. It answers as the standards demand of a client, fast enough to
 * load a broker, and can lose its connection at any byte.
 */
export class Client {
  readonly id: string;
  readonly version: Version;
  readonly outflow: Outflow;
  readonly #options: ClientOptions;
  readonly #inflow: Inflow;
  readonly #requests = new Map<number, PromiseWithResolvers<void>>();
  #connection: Connection | undefined;
  #greeting: PromiseWithResolvers<void> | undefined;
  #ended = Promise.withResolvers<void>();
  #lingering: Uint8Array<ArrayBuffer>[] = [];
  #lingers: ReturnType<typeof setTimeout> | undefined;
  #lastRequest = 0;
  #hasSession = false;

  constructor(options: ClientOptions) {
    this.id = options.id;
    this.version = options.version;
    this.#options = options;
    this.#inflow = new Inflow(options);
    const { version, windowMax = 0, next = () => undefined } = options;
    this.outflow = new Outflow({ version, windowMax, next });
    this.#ended.resolve();
  }

  get isConnected(): boolean {
    return this.#connection !== undefined && this.#greeting === undefined;
  }

  /** Once the present connection has ended and all that came before its end was handled; at once if there is none. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /**
   * Connects and resumes the session. While an earlier connection stands this is a takeover: what the earlier one still
   * brings is ignored, as a client does that has lost its network.
   *
   * @throws {ConnectionLost} if the connection ends first
   * @throws {Refused} if CONNACK says so
   */
  async connect(address: Address, will?: Will): Promise<void> {
    const ended = Promise.withResolvers<void>();
    // Never by `this.#connection`: a later takeover puts another in its place.
    const connection: Connection = await Connection.open(address, {
      arrived: (frame) => this.#isPresent(connection) && this.#arrived(frame),
      drained: () => this.#isPresent(connection) && this.outflow.pump(),
      ended: () => this.#lost(connection, ended),
    });
    this.#abandon();
    const greeting = Promise.withResolvers<void>();
    greeting.promise.catch(() => {});
    [this.#connection, this.#greeting, this.#ended] = [connection, greeting, ended];
    connection.send(connect({ clientId: this.id, receiveMaximum: 0xffff, ...this.#options, will }));
    await greeting.promise;
  }

  /**
   * @throws {ConnectionLost} if no SUBACK comes
   * @throws {Refused} if it says so
   */
  subscribe(filter: string, qos: QoS): Promise<void> {
    return this.#request((id) => subscribe(id, filter, { version: this.version, qos }));
  }

  /** Also asks for the retained messages that match. Version 5 only. */
  subscribeRetained(filter: string, qos: QoS): Promise<void> {
    return this.#request((id) => subscribeRetained(id, filter, qos));
  }

  /** @throws {ConnectionLost} if no UNSUBACK comes */
  unsubscribe(filter: string): Promise<void> {
    return this.#request((id) => unsubscribe(id, filter, this.version));
  }

  /** Publishes with QoS 0, if there is a connection. */
  sendOnce(topic: string, payload: Uint8Array): void {
    const message = { topic, payload, qos: 0, retain: false } as const;
    this.#connection?.send(publish(message, 0, { version: this.version, dup: false }));
  }

  /** Sends DISCONNECT and ends the connection. */
  leave(): void {
    const connection = this.#connection;
    connection?.send(disconnect());
    connection?.finish();
    this.#abandon();
  }

  /** Ends the connection as a lost network does. */
  cut(): void {
    const connection = this.#connection;
    this.#abandon();
    connection?.cut();
  }

  /** Bytes of the present connection that the broker's process has certainly read, less `unread` by local port. */
  bytesRead(unread: (localPort: number) => number): number {
    const connection = this.#connection;
    return connection === undefined ? 0 : connection.writtenBytes - unread(connection.localPort);
  }

  #isPresent(connection: Connection): boolean {
    return connection === this.#connection;
  }

  #request(encode: (id: number) => Uint8Array<ArrayBuffer>): Promise<void> {
    const connection = this.#connection;
    if (connection === undefined) return Promise.reject(new ConnectionLost(`${this.id} is not connected`));
    this.#lastRequest = this.#lastRequest % messageIdMax + 1;
    const id = messageIdMax + this.#lastRequest;
    const answer = Promise.withResolvers<void>();
    this.#requests.set(id, answer);
    connection.send(encode(id));
    return answer.promise;
  }

  #arrived(frame: Frame): void {
    switch (frame.first >> 4) {
      case packetType.connack:
        return this.#welcome(decode.connack(frame, this.version));
      case packetType.publish:
        return this.#reply(this.#inflow.publish(decode.delivery(frame, this.version)));
      case packetType.pubrel:
        return this.#reply(this.#inflow.pubrel(decode.acknowledgement(frame).id));
      case packetType.puback:
      case packetType.pubrec:
      case packetType.pubcomp:
        return this.#acknowledged(frame.first >> 4, decode.acknowledgement(frame));
      case packetType.suback:
      case packetType.unsuback:
        return this.#answered(decode.requestAcknowledgement(frame, this.version));
    }
  }

  #welcome({ code, sessionPresent, receiveMaximum }: decode.Connack): void {
    const [greeting, connection] = [this.#greeting, this.#connection];
    if (greeting === undefined || connection === undefined) {
      throw new Error("The broker sent a second CONNACK");
    }
    if (code !== 0) {
      greeting.reject(new Refused(`${this.id} was refused with code ${code}`));
      return this.cut();
    }
    this.#greeting = undefined;
    if (!sessionPresent) this.#beginAnew();
    this.#hasSession = this.#options.sessionExpirySeconds > 0;
    this.outflow.begin(connection, receiveMaximum);
    greeting.resolve();
  }

  #beginAnew(): void {
    if (this.#hasSession) this.#options.sessionLost?.();
    this.outflow.forget();
    this.#inflow.forget();
  }

  #acknowledged(type: number, { id, code, reasonString }: decode.Acknowledgement): void {
    if (type === packetType.puback) this.outflow.puback(id, code, reasonString);
    else if (type === packetType.pubcomp) this.outflow.pubcomp(id);
    else if (this.outflow.pubrec(id, code, reasonString)) {
      this.#connection?.send(acknowledgement("pubrel", id));
    }
  }

  #answered({ id, code }: decode.Acknowledgement): void {
    const answer = this.#requests.get(id);
    this.#requests.delete(id);
    if (code < 0x80) answer?.resolve();
    else answer?.reject(new Refused(`${this.id} got code ${code} for a request`));
  }

  #reply(bytes: Uint8Array<ArrayBuffer> | undefined): void {
    if (bytes === undefined) return;
    const linger = this.#options.lingerMilliseconds ?? 0;
    if (linger === 0) {
      this.#connection?.send(bytes);
      return;
    }
    this.#lingering.push(bytes);
    this.#lingers ??= setTimeout(() => this.#replyNow(), linger);
  }

  #replyNow(): void {
    for (const bytes of this.#lingering) this.#connection?.send(bytes);
    this.#stopLingering();
  }

  #stopLingering(): void {
    clearTimeout(this.#lingers);
    this.#lingers = undefined;
    this.#lingering = [];
  }

  #lost(connection: Connection, ended: PromiseWithResolvers<void>): void {
    if (this.#isPresent(connection)) this.#abandon();
    ended.resolve();
  }

  /** Lets go of the present connection, whatever becomes of it. */
  #abandon(): void {
    this.#connection = undefined;
    this.outflow.pause();
    this.#stopLingering();
    const lost = new ConnectionLost(`${this.id} has lost its connection`);
    this.#greeting?.reject(lost);
    this.#greeting = undefined;
    for (const answer of this.#requests.values()) answer.reject(lost);
    this.#requests.clear();
  }
}
