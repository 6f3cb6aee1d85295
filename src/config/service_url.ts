import { isLoopbackHost } from "./loopback.ts";

/** What {@linkcode isServiceUrl} takes, as it stands after "use". */
export const SERVICE_URL_EXPECTED = "an address that begins with https://, or http:// and a loopback host";

const CHARACTERS_MAX = 2048;

/**
 * Whether another server may be asked there: only what nobody on the way can change counts for who somebody is, so it
 * is https, but on this machine. Credentials in an address end up in logs.
 */
export function isServiceUrl(text: string): boolean {
  if (text.length > CHARACTERS_MAX || !URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  if (username !== "" || password !== "") return false;
  return protocol === "https:" || (protocol === "http:" && isLoopbackHost(hostname));
}
