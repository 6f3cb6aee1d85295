/** What the HTTP side needs of the broker, in the broker's words. */

/** The principal of an anonymous publisher, after the built-in group of that name. */
export const ANONYMOUS = "$anonymous";
/** The principal of a message that an operator publishes. */
export const OPERATOR = "$operator";

/** Who publishes over HTTP. */
export type HostPrincipal = typeof ANONYMOUS | typeof OPERATOR | ProvenClient;

/** Where a caller comes from. */
export interface CallerAddress {
  /** The IP address, without brackets, port or mapping. */
  readonly address: string;
  readonly port: number;
  readonly loopback: boolean;
}

/** A client that has proven who it is, and has no connection that MQTT knows of. Made by `TokenClients` alone. */
export interface ProvenClient {
  readonly authenticationName: string;
}

/** Why a client is not taken: it proves nothing, in words that it may be told, or nobody can say so now. */
export type ClientRefusal =
  | { readonly reason: "unproven"; readonly detail: string }
  | { readonly reason: "unavailable" };

/** Who knows the clients by their tokens. */
export interface TokenClients {
  /**
   * Says whose a token is: a JWT that the issuer of OIDC principals or the one of custom tokens has signed, by the
   * issuer that it names. event-grid: specification §8. Never rejects.
   *
   * @param token a compact JWT that nobody has looked at yet
   */
  prove(token: string, from: CallerAddress): Promise<ProvenClient | ClientRefusal>;
}

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
  /** Who publishes, by whose rights it is judged. */
  readonly principal: HostPrincipal;
}

/** Where messages go. */
export interface Publisher {
  /**
   * Routes `message` as if a connected client had published it. The payload is the broker's until the answer.
   *
   * @returns the reason code that a PUBACK would carry (v5 §3.4.2.1), once a QoS 1 message is safe; for QoS 0
   * once it is routed or refused. A refusal if a client is not taken any more: its token may have expired since it was
   * proven, or trust in its issuer have ended
   * @throws if the broker itself failed; the caller is told nothing but that
   */
  publish(message: HostPublish): Promise<number | ClientRefusal>;
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

/** A session as operators see it. */
export interface SessionSummary {
  readonly clientId: string;
  /** Absent for an anonymous client. */
  readonly authenticationName?: string | undefined;
  readonly connected: boolean;
  /** Where it is connected from, as `192.0.2.1:4711` or `[2001:db8::1]:4711`; absent while it is not. */
  readonly address?: string | undefined;
  /** Its protocol, as `MQTT 5.0`; absent while nobody knows, after a restart. */
  readonly protocol?: string | undefined;
  /** How it is connected: `tcp`, `tls`, `websocket`, …; absent while it is not. */
  readonly transport?: string | undefined;
  readonly subscriptions: number;
  readonly queue: {
    readonly messages: number;
    readonly bytes: number;
  };
  /** Messages that were sent and not acknowledged yet. */
  readonly inFlight: number;
  /** Messages that this session has lost, by reason; reasons without a loss may be absent. */
  readonly drops: Readonly<Record<string, number>>;
}

/** One session with what it subscribes to. */
export interface SessionDetail extends SessionSummary {
  readonly subscriptionList: readonly {
    readonly topicFilter: string;
    readonly qos: 0 | 1 | 2;
  }[];
}

/** A part of a list of sessions. */
export interface SessionPage {
  readonly items: readonly SessionSummary[];
  /** Where the next page begins, as `after`, in the directory's own words; `undefined` at the end. */
  readonly next: string | undefined;
}

/** Which part of a list is asked for. */
export interface SessionPageRequest {
  /** At most, 1 or more. */
  readonly top: number;
  /** The `next` of the page before; anybody may have sent it. */
  readonly after?: string | undefined;
  readonly accepts?: ((clientId: string) => boolean) | undefined;
  /** Whether sessions that nobody is connected to are left out. */
  readonly connectedOnly: boolean;
}

/** The sessions of the broker, in any order that stays the same from page to page. */
export interface SessionDirectory {
  list(page: SessionPageRequest): Promise<SessionPage>;
  get(clientId: string): Promise<SessionDetail | undefined>;
  /**
   * Ends a connection with DISCONNECT 0x98 (administrative action); its session stays as its expiry says.
   *
   * @returns false if nobody is connected under the client identifier
   */
  disconnect(clientId: string): Promise<boolean>;
  /**
   * Ends a session and what it was owed, and its connection if there is one.
   *
   * @returns false if there is none
   */
  end(clientId: string): Promise<boolean>;
  /**
   * Drops what waits for a session now.
   *
   * @returns false if there is none
   */
  clearQueue(clientId: string): Promise<boolean>;
}
