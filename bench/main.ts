import { runBench } from "./bench.ts";

Deno.exit(await runBench(Deno.args));
