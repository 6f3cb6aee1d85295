import { z } from "zod";
import { declare, optionalFile } from "./key.ts";
import { isServiceUrl, SERVICE_URL_EXPECTED } from "./service_url.ts";

/** An operator who shows a certificate: one certificate, or a name that a CA of operators vouches for. */
export type OperatorCertificateConfig =
  & { readonly role: "full" | "read-only" }
  & ({ readonly thumbprint: string } | { readonly subject: string });

/** An OIDC issuer whose principals manage the broker, if it gives them a role. */
export interface OidcOperatorsConfig {
  readonly issuer: string;
  readonly jwksUri: string;
  readonly audience: readonly string[];
  readonly principalClaim: string;
  readonly roleClaim: string;
  readonly fullRole: string;
  readonly readOnlyRole: string;
}

/** Who manages the broker beside the holders of its tokens. */
export interface OperatorsConfig {
  readonly oidc: z.output<typeof oidc>;
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

const AUDIENCE = "a list of 1 to 16 audiences, such as api://heliograph";
const audience = z.array(words("an audience"), { error: AUDIENCE }).min(1, { error: AUDIENCE })
  .max(16, { error: AUDIENCE });

const oidc = z.strictObject({
  issuer: declare(words("what stands in the claim iss").optional(), {
    expected: "what stands in the claim iss of the issuer's tokens",
    reason: "an OIDC issuer whose tokens let operators in, sent like an operator token",
    unsaid: "none",
  }),
  jwksUri: declare(
    words(SERVICE_URL_EXPECTED).refine(isServiceUrl, { error: SERVICE_URL_EXPECTED }).optional(),
    { expected: SERVICE_URL_EXPECTED, reason: "where the issuer's keys are", unsaid: "none" },
  ),
  audience: declare(audience.optional(), {
    expected: AUDIENCE,
    reason: "whom the tokens are for: this broker's management, and not its clients",
    unsaid: "none",
  }),
  principalClaim: claim("oid", "what names the operator in the audit log"),
  roleClaim: claim("roles", "what lists the roles of whoever has the token"),
  fullRole: claim("Heliograph.Operator", "the role there of an operator who may do everything"),
  readOnlyRole: claim("Heliograph.Reader", "the role there of one who may read"),
})
  .refine(
    ({ issuer, jwksUri, audience }) =>
      new Set([issuer, jwksUri, audience].map((value) => value === undefined)).size === 1,
    {
      path: ["issuer"],
      error:
        "operators.oidc.issuer, operators.oidc.jwksUri and operators.oidc.audience together, or none of them",
    },
  );

/** The issuer, if one is configured. */
export function oidcOperatorsOf(
  { issuer, jwksUri, audience, ...rest }: OperatorsConfig["oidc"],
): OidcOperatorsConfig | undefined {
  if (issuer === undefined || jwksUri === undefined || audience === undefined) return undefined;
  return { issuer, jwksUri, audience, ...rest };
}

function words(expected: string) {
  return z.string({ error: expected }).min(1, { error: expected }).max(2048, { error: expected });
}

function claim(preset: string, reason: string) {
  const expected = "a text of 1 to 2048 characters";
  return declare(words(expected).prefault(preset), { expected, reason });
}

/** Its keys in the configuration. */
export const operators = z.strictObject({
  oidc: oidc.prefault({}),
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
