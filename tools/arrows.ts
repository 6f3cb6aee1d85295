/**
 * A `deno lint` plugin that keeps the arrows between the rooms of the server: who may import whom, and who may touch
 * the runtime. The drawing is in `docs/ARCHITECTURE.md`; the tables below are the rule.
 *
 * Deno takes a plugin from its module's default export, the only one in this project.
 */
import { posix } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Which rooms of `src/` each room may import, beside itself. `main.ts` is not in it: it may import all.
 *
 * Rooms that a port separates (a broker and its store) meet in the port, never in an adapter.
 */
const arrows: Readonly<Record<string, readonly string[]>> = {
  config: [],
  observe: ["config"],
  access: ["config", "observe"],
  store: ["config", "observe"],
  // Who is at the other end of a link is said in the transport's words.
  identity: ["config", "observe", "transport"],
  transport: ["config", "observe"],
  http: ["config", "observe"],
  broker: ["config", "observe", "access", "store", "identity", "transport", "http"],
  cli: ["config", "observe"],
  serve: ["config", "observe", "access", "store", "identity", "transport", "http", "broker", "cli"],
};

/** Rooms that are a port with its adapters: a file directly in the room is the port's, a folder is an adapter. */
const portRooms: ReadonlySet<string> = new Set(["store", "identity", "transport"]);

/** Where `Deno` may be named, so that a second runtime stays possible: adapters, the entry, the loader of the core. */
const runtimeRooms: readonly string[] = [
  "src/transport/",
  "src/store/",
  "src/cli/",
  "src/main.ts",
  "wasm/mod.ts",
];

/** Who may import the owner of the core's memory. */
const coreUsers: readonly string[] = ["src/broker/", "wasm/", "test/"];

const root = fileURLToPath(new URL("..", import.meta.url)).replaceAll("\\", "/");

/** Why `from` must not import `to`, or `undefined` if it may. Both are paths from the project's root. */
export function forbidden(from: string, to: string): string | undefined {
  if (to.startsWith("wasm/")) return begins(from, coreUsers) ? undefined : "only src/broker imports the core";
  if (!from.startsWith("src/") || from === "src/main.ts") return undefined;
  if (!to.startsWith("src/")) return "the server imports nothing from outside src/, but the core";
  if (to === "src/main.ts") return "nothing imports main.ts";
  return forbiddenRoom(from, to) ?? forbiddenAdapter(from, to);
}

function forbiddenRoom(from: string, to: string): string | undefined {
  const [here, there] = [roomOf(from), roomOf(to)];
  const allowed = arrows[here];
  if (allowed === undefined) return `the room ${here} has no arrows yet: draw them in tools/arrows.ts`;
  if (here === there || allowed.includes(there)) return undefined;
  return `${here} may import only ${["itself", ...allowed].join(", ")}`;
}

function forbiddenAdapter(from: string, to: string): string | undefined {
  const adapter = adapterOf(to);
  if (adapter === undefined || adapterOf(from) === adapter) return undefined;
  return `only main.ts imports the adapter ${adapter}; use the port in src/${roomOf(to)}`;
}

/** `transport` of `src/transport/tcp/link.ts`. */
function roomOf(path: string): string {
  return path.split("/")[1] ?? "";
}

/** `transport/tcp` of `src/transport/tcp/link.ts`; nothing of `src/transport/listener.ts`. */
function adapterOf(path: string): string | undefined {
  const [, room = "", folder = "", ...rest] = path.split("/");
  return portRooms.has(room) && rest.length > 0 ? `${room}/${folder}` : undefined;
}

function begins(path: string, places: readonly string[]): boolean {
  return places.some((place) => path.startsWith(place));
}

type Imported = { readonly source: Deno.lint.Expression | null };

const imports: Deno.lint.Rule = {
  create(context) {
    const from = fromRoot(context.filename);
    function check(node: Deno.lint.Node & Imported): void {
      const to = from === undefined ? undefined : resolve(from, node.source);
      const reason = from === undefined || to === undefined ? undefined : forbidden(from, to);
      if (reason !== undefined) {
        context.report({ node, message: `Cannot import ${to} from ${from}: ${reason}` });
      }
    }
    return {
      ImportDeclaration: check,
      ExportAllDeclaration: check,
      ExportNamedDeclaration: check,
      ImportExpression: check,
    };
  },
};

const runtime: Deno.lint.Rule = {
  create(context) {
    const from = fromRoot(context.filename);
    const bound = from !== undefined && /^(src|wasm)\//.test(from) && !begins(from, runtimeRooms);
    if (!bound) return {};
    function check(node: Deno.lint.Node): void {
      context.report({
        node,
        message: `Cannot use Deno in ${from}: only adapters and the entry touch the runtime`,
        hint: "Let main.ts or an adapter hand in what is needed",
      });
    }
    return { "Identifier[name='Deno']": check };
  },
};

function fromRoot(filename: string): string | undefined {
  const path = filename.replaceAll("\\", "/");
  return path.startsWith(root) ? path.slice(root.length) : undefined;
}

/** Where a relative specifier leads; packages are nobody's room. */
function resolve(from: string, source: Deno.lint.Expression | null): string | undefined {
  if (source?.type !== "Literal" || typeof source.value !== "string") return undefined;
  return source.value.startsWith(".") ? posix.join(posix.dirname(from), source.value) : undefined;
}

const plugin: Deno.lint.Plugin = { name: "arrows", rules: { imports, runtime } };

export default plugin;
