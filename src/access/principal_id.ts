/**
 * Equal for two identifiers of principals exactly if they name the same one. Azure's are GUIDs, in which case means
 * nothing; in those of other issuers it may tell two people apart.
 */
export function principalIdKey(principalId: string): string {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(principalId)
    ? principalId.toLowerCase()
    : principalId;
}
