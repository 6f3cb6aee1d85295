import type { RunningPeer } from "./peer.ts";

/**
 * Starts a broker with a fresh folder for what it keeps, which is removed when it has stopped, or did not start.
 *
 * The folder lies where the system has its temporary files (`TMPDIR`).
 */
export async function withDataFolder(start: (folder: string) => Promise<RunningPeer>): Promise<RunningPeer> {
  const folder = await Deno.makeTempDir({ prefix: "heliograph-bench-data-" });
  const remove = () => Deno.remove(folder, { recursive: true });
  // A broker may drop root's rights before it writes.
  await Deno.chmod(folder, 0o777);
  try {
    const running = await start(folder);
    return {
      ...running,
      stop: async () => {
        await running.stop();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
