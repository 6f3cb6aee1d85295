/** What the HTTP side needs of the broker, in the broker's words. */

/** A message that comes in over HTTP instead of in a PUBLISH packet; the engine treats both alike. */
export interface HostPublish {
  /** A topic name that is UTF-8 as MQTT allows it; whether it may be published to, the broker decides. */
  readonly topic: string;
  readonly qos: 0 | 1;
  readonly retain: boolean;
  readonly payload: Uint8Array;
  readonly payloadFormat: 0 | 1;
  readonly messageExpirySeconds?: number;
  readonly contentType?: string;
  readonly responseTopic?: string;
  readonly correlationData?: Uint8Array;
  /** In the order they were given, duplicates included. */
  readonly userProperties: readonly (readonly [name: string, value: string])[];
  /** Who publishes; stands where a client identifier stands for a PUBLISH packet. */
  readonly principal: string;
}

/** Where messages go. */
export interface Publisher {
  /**
   * Routes `message` as if a connected client had published it. The payload is the broker's until the answer.
   *
   * @returns the reason code that a PUBACK would carry (v5 §3.4.2.1), once a QoS 1 message is safe; for QoS 0
   * once it is routed or refused
   * @throws if the broker itself failed; the caller is told nothing but that
   */
  publish(message: HostPublish): Promise<number>;
}

/** How the broker is. */
export interface Health {
  /** Why the broker cannot serve now, in words for an operator; empty when it can. */
  readiness(): readonly string[];
}

/** The counters, ready to be scraped. */
export interface Exposition {
  /** The media type of `text`, with its version. */
  readonly contentType: string;
  /** All counters as they are now. */
  text(): Promise<string>;
}
