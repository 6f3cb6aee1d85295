/** What goes to a worker: one call. They are answered in order. */
export interface CallMessage {
  readonly name: string;
  readonly arguments: readonly unknown[];
}

/** What comes back. */
export type AnswerMessage =
  | { readonly result: unknown }
  | { readonly failure: { readonly code: string | undefined; readonly message: string } };

/** The functions of a worker, by name. */
export type FunctionsOf<Calls> = { readonly [Name in keyof Calls]: Extract<Calls[Name], AnyFunction> };

// deno-lint-ignore no-explicit-any -- what stands for every function, in a constraint only
export type AnyFunction = (...parameters: any[]) => unknown;
