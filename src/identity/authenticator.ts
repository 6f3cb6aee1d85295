/** The port between the broker and whoever knows the clients. */
import type { Peer } from "../transport/listener.ts";

/** What a client says of itself when it connects, or renews its identity. */
export interface Credentials {
  readonly peer: Peer;
  readonly clientId: string;
  readonly username: string | undefined;
  readonly password: Uint8Array | undefined;
  readonly authenticationMethod: string | undefined;
  readonly authenticationData: Uint8Array | undefined;
}

/** What a client may do, as the core knows it: a permission set and the values of its variables. */
export interface Grants {
  readonly set: number;
  readonly values: readonly string[];
}

/** The set that allows everything. */
export const EVERYTHING: Grants = { set: 0, values: [] };

/** Whether a client comes in. The reason code is one of a v5 CONNACK (§3.2.2.2); the cause is for the log. */
export type Verdict =
  | { readonly accepted: true; readonly grants: Grants }
  | { readonly accepted: false; readonly reason: number; readonly cause: string };

/** Who knows the clients. */
export interface Authenticator {
  /**
   * Says who comes in. A verdict that is there at once is given at once, so that no client waits a turn for it.
   * Never throws or rejects: what fails is a refusal with 0x88.
   */
  authenticate(credentials: Credentials): Verdict | Promise<Verdict>;
}
