/** The commit of a checkout, with a mark if what is measured differs from it. */
export async function commitOf(checkout: string): Promise<string> {
  const commit = await git(checkout, ["rev-parse", "--short=10", "HEAD"]);
  if (commit === undefined) return "no commit";
  const changes = await git(checkout, [
    "status",
    "--porcelain",
    "--",
    "src",
    "wasm",
    "core-rs",
    "bench/generator",
  ]);
  return changes === "" ? commit : `${commit} with changes`;
}

async function git(checkout: string, args: readonly string[]): Promise<string | undefined> {
  try {
    const command = new Deno.Command("git", { args: ["-C", checkout, ...args], stderr: "null" });
    const { success, stdout } = await command.output();
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
