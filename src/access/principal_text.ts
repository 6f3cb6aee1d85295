import { z } from "zod";
import { attributes } from "./attributes.ts";
import type { Principal } from "./principal.ts";

/** Most sessions are of nobody where there is no access control, and cost nothing then. */
const ANONYMOUS = "";

/** Nobody is registered by it: it has no rights, and shares them with nobody. */
const UNREADABLE: Principal = { kind: "client", authenticationName: "" };

const name = z.string();
const principal: z.ZodType<Principal> = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("client"), authenticationName: name }),
  z.strictObject({ kind: z.literal("user"), authenticationName: name }),
  z.strictObject({ kind: z.literal("external"), authenticationName: name, attributes }),
  z.strictObject({ kind: z.literal("oidc"), issuer: name, authenticationName: name }),
  z.strictObject({ kind: z.literal("anonymous") }),
]);

/** A principal as it is kept with its session, where it outlives the process. */
export function principalText(of: Principal): string {
  return of.kind === "anonymous" ? ANONYMOUS : JSON.stringify(of);
}

/** The principal of such a text; of one that a newer version has written, somebody without rights. */
export function readPrincipal(text: string): Principal {
  if (text === ANONYMOUS) return { kind: "anonymous" };
  return principal.safeParse(parsed(text)).data ?? UNREADABLE;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
