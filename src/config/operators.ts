import { z } from "zod";
import { declare, optionalFile } from "./key.ts";

/** An operator who shows a certificate: one certificate, or a name that a CA of operators vouches for. */
export type OperatorCertificateConfig =
  & { readonly role: "full" | "read-only" }
  & ({ readonly thumbprint: string } | { readonly subject: string });

/** Who manages the broker beside the holders of its tokens. */
export interface OperatorsConfig {
  readonly certificates: readonly OperatorCertificateConfig[];
  /** PEM. */
  readonly authorities?: string | undefined;
}

const EXPECTED =
  'a mapping such as {subject: "CN=ops,O=Contoso", role: read-only}, or with the SHA-256 of one ' +
  "certificate as thumbprint";

const role = z.enum(["full", "read-only"], { error: EXPECTED }).prefault("full");
const thumbprint = z.string({ error: EXPECTED })
  .transform((text) => text.replaceAll(":", "").toLowerCase())
  .pipe(z.string().regex(/^[0-9a-f]{64}$/, { error: EXPECTED }));
const subject = z.string({ error: EXPECTED }).min(1, { error: EXPECTED }).max(1024, { error: EXPECTED });
const rule = z.union([z.strictObject({ thumbprint, role }), z.strictObject({ subject, role })], {
  error: EXPECTED,
});

/** Its keys in the configuration. */
export const operators = z.strictObject({
  certificates: declare(z.array(rule, { error: `a list of ${EXPECTED}` }).prefault([]), {
    expected: EXPECTED,
    reason: "who manages the broker by a client certificate, over HTTPS; the first that fits decides",
  }),
  authorities: optionalFile(
    "PEM: the CAs that issue the certificates of operators, for those with a subject. Those of clients do not count",
  ),
})
  .refine(
    ({ certificates, authorities }) =>
      authorities !== undefined || certificates.every((one) => "thumbprint" in one),
    {
      path: ["authorities"],
      error: "the path of a PEM file, as there is an operator with a subject",
    },
  );
