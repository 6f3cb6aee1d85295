import { Buffer } from "node:buffer";
import type { Credentials } from "../authenticator.ts";

/** What the webhook is sent; what the client did not say is left out. event-grid: specification §3.5. */
export interface Question {
  readonly clientId: string;
  readonly userName?: string;
  /** Base64. */
  readonly password?: string;
  readonly authenticationMethod?: string;
  /** Base64. */
  readonly authenticationData?: string;
  /** PEM. */
  readonly clientCertificate?: string;
  /** PEM of what the client sent behind its own certificate. */
  readonly clientCertificateChain?: string;
}

/** What a client says of itself, in the webhook's words. */
export function questionOf(credentials: Credentials): Question {
  const { clientId, username, password, authenticationMethod, authenticationData, peer } = credentials;
  const [own, ...others] = peer.tls?.certificates ?? [];
  return {
    clientId,
    ...username === undefined ? {} : { userName: username },
    ...password === undefined ? {} : { password: base64(password) },
    ...authenticationMethod === undefined ? {} : { authenticationMethod },
    ...authenticationData === undefined ? {} : { authenticationData: base64(authenticationData) },
    ...own === undefined ? {} : { clientCertificate: pem(own) },
    ...others.length === 0 ? {} : { clientCertificateChain: others.map(pem).join("") },
  };
}

/** RFC 7468 */
function pem(der: Uint8Array): string {
  const lines = base64(der).match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}
