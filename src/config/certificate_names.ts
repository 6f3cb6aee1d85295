/** The words by which the registry and identity agree what of a certificate is a name. */

/**
 * Which field of a certificate has to be the authentication name, or that its digest is registered. event-grid:
 * specification §3.1.
 */
export const validationSchemes = [
  "SubjectMatchesAuthenticationName",
  "DnsMatchesAuthenticationName",
  "UriMatchesAuthenticationName",
  "IpMatchesAuthenticationName",
  "EmailMatchesAuthenticationName",
  "ThumbprintMatch",
] as const;

export type ValidationScheme = typeof validationSchemes[number];

/** Fields of a certificate that may stand in for a missing user name. event-grid: specification §3.2. */
export const nameSources = [
  "ClientCertificateSubject",
  "ClientCertificateDns",
  "ClientCertificateUri",
  "ClientCertificateIp",
  "ClientCertificateEmail",
] as const;

export type NameSource = typeof nameSources[number];
