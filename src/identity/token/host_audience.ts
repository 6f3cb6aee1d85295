/**
 * Whether an audience means a host: its name, with or without `https://` in front and `/` behind. The documents name
 * the host alone; libraries like to make an address of it. event-grid: specification §3.4.
 */
export function namesHost(audience: string, hostname: string): boolean {
  const bare = audience.toLowerCase().replace(/^https:\/\//, "").replace(/\/$/, "");
  return bare === hostname.toLowerCase();
}
