/**
 * How the core is built, as data. What changes the code that comes out (flags, optimiser) is part of the hash that
 * the artefact carries, so that a changed recipe asks for a new artefact just as a changed source does.
 */

/** The versions that `wasm-pack build` is known to work with here; `core-rs/abi` pins the same wasm-bindgen. */
export const wasmPackVersion = "0.15.1";
export const wasmBindgenVersion = "0.2.126";

export const target = "wasm32-unknown-unknown";

/** The custom section of the artefact that says which sources it was made from. */
export const sourcesSection = "heliograph.sources";

/** `--max-memory` lets linear memory grow to the 4 GiB that 32-bit addresses reach; without it there is no bound to tell. */
export const codegenFlags: readonly string[] = [
  "-Ctarget-feature=+simd128,+bulk-memory",
  "-Clink-arg=--max-memory=4294967296",
];

/** Named one by one, since a wasm-opt refuses a module that uses what it was not told of. */
export const optimiserFlags: readonly string[] = [
  "-O3",
  "--enable-simd",
  "--enable-bulk-memory",
  "--enable-mutable-globals",
  "--enable-sign-ext",
  "--enable-nontrapping-float-to-int",
  "--enable-multivalue",
  "--enable-reference-types",
];

/** `shared_memory.ts` is part of the recipe too; a change of what it does changes this word. */
const sharing = "core memory shared";

/** The recipe as text, for the hash of the sources. */
export function recipeText(): string {
  return [wasmBindgenVersion, ...codegenFlags, ...optimiserFlags, sharing].join("\n");
}
