/** How the program of a checkout is run. */
export function programOf(checkout: string): readonly string[] {
  const permissions = ["--allow-net", "--allow-read", "--allow-write", "--allow-env"];
  return [
    Deno.execPath(),
    "run",
    "--config",
    `${checkout}/deno.json`,
    ...permissions,
    `${checkout}/src/main.ts`,
  ];
}
