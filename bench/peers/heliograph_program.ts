/** How the program of a checkout is run: with the flags of V8 that its `start` task has. */
export function programOf(checkout: string): readonly string[] {
  const permissions = ["--allow-net", "--allow-read", "--allow-write", "--allow-env"];
  const config = `${checkout}/deno.json`;
  const [v8Flags] = /--v8-flags=\S+/.exec(Deno.readTextFileSync(config)) ?? [];
  return [
    Deno.execPath(),
    "run",
    "--config",
    config,
    ...v8Flags === undefined ? [] : [v8Flags],
    ...permissions,
    `${checkout}/src/main.ts`,
  ];
}
