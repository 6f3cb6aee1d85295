/** The port between the broker and whoever knows the clients. */
import type { Peer } from "../transport/listener.ts";
import type { Identity, Waiter } from "./identifier.ts";

/** What a client says of itself when it connects, or renews its identity. */
export interface Credentials {
  readonly peer: Peer;
  readonly clientId: string;
  readonly username: string | undefined;
  readonly password: Uint8Array | undefined;
  readonly authenticationMethod: string | undefined;
  readonly authenticationData: Uint8Array | undefined;
}

/**
 * Whether a client comes in, and who it is: `undefined` is anybody. The reason code is one of a v5 CONNACK
 * (§3.2.2.2); the cause is for the log alone, but that of a token over HTTP (0x87), which its sender is told.
 */
export type Verdict =
  | { readonly accepted: true; readonly identity: Identity | undefined }
  | { readonly accepted: false; readonly reason: number; readonly cause: string };

/** Who knows the clients. */
export interface Authenticator {
  /**
   * The authentication method for a token that comes without one, by the issuer that it claims to be of; `undefined` if
   * no such issuer is trusted. Nothing is proven by that.
   */
  methodOf(token: Uint8Array): string | undefined;
  /**
   * Says who comes in. A verdict that is there at once is given at once, so that no client waits a turn for it.
   * Never throws or rejects: what fails is a refusal with 0x88.
   */
  authenticate(credentials: Credentials, waiter?: Waiter): Verdict | Promise<Verdict>;
  /**
   * Says whether somebody is let in after all whose verdict was waited for: what it was said by may have changed.
   *
   * @param identity by the verdict that was waited for
   */
  confirm(identity: Identity | undefined, credentials: Credentials): Verdict;
  /**
   * Says whether somebody who was taken in is still who it was, by what is registered now.
   *
   * @param credentials as they were, but for what is secret in them
   */
  reconsider(identity: Identity | undefined, credentials: Credentials): Verdict;
}
