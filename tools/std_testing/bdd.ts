/**
 * A stand-in for `@std/testing/bdd`: the part of its API that this project's tests use, with the same names
 * and the same order of hooks.
 *
 * It is here because JSR, the registry that carries the real package, cannot be reached everywhere these tests
 * run. `links` in `deno.json` resolves the package's name to this folder; whoever has JSR removes that one line
 * and gets the real one (`docs/adr/0005-std-testing-through-links.md`). Assertions come from `node:assert`.
 *
 * It stands on `Deno.test` rather than on `node:test`, whose version in Deno 2.9 passes a test although its
 * `afterEach` threw.
 */

/** What a test or a hook does. */
export type Action = () => void | Promise<void>;

/** When a hook runs. */
type Moment = "beforeAll" | "afterAll" | "beforeEach" | "afterEach";

interface Test {
  readonly name: string;
  readonly action: Action;
}

class Suite {
  readonly children: (Suite | Test)[] = [];
  readonly hooks: Readonly<Record<Moment, Action[]>> = {
    beforeAll: [],
    afterAll: [],
    beforeEach: [],
    afterEach: [],
  };

  constructor(readonly name: string) {}
}

/** The suite whose `describe` body is running; outside of every body, none. */
let open: Suite | undefined;

/**
 * Groups tests; may be nested.
 *
 * @param body says the tests and hooks, and returns at once: a suite is complete when its body has returned
 * @throws {Error} when `body` is asynchronous, whose later tests would be lost
 */
export function describe(name: string, body: () => void): void {
  const suite = new Suite(name);
  const outer = open;
  open = suite;
  try {
    refusePromise(suite, body());
  } finally {
    open = outer;
  }
  if (outer === undefined) Deno.test(name, (context) => runSuite(suite, context, []));
  else outer.children.push(suite);
}

/** One test, alone or in a suite. It fails when `action` throws or rejects. */
export function it(name: string, action: Action): void {
  if (open === undefined) Deno.test(name, () => action());
  else open.children.push({ name, action });
}

/** Runs once, before the first test of the suite. If it throws, the suite fails and none of its tests run. */
export function beforeAll(action: Action): void {
  suiteOf("beforeAll").hooks.beforeAll.push(action);
}

/** Runs once, after the last test of the suite, also when a test or a `beforeAll` failed. */
export function afterAll(action: Action): void {
  suiteOf("afterAll").hooks.afterAll.push(action);
}

/** Runs before each test of the suite and of those inside it, the outermost suite's first. */
export function beforeEach(action: Action): void {
  suiteOf("beforeEach").hooks.beforeEach.push(action);
}

/** Runs after each test, failed ones too, the innermost suite's first. If it throws, that test fails. */
export function afterEach(action: Action): void {
  suiteOf("afterEach").hooks.afterEach.push(action);
}

function suiteOf(hook: Moment): Suite {
  if (open === undefined) throw new Error(`Cannot use ${hook} outside of a describe body`);
  return open;
}

function refusePromise(suite: Suite, returned: unknown): void {
  if (returned instanceof Promise) {
    throw new Error(`Cannot use an asynchronous body for the suite "${suite.name}": use beforeAll to wait`);
  }
}

async function runSuite(suite: Suite, context: Deno.TestContext, outer: readonly Suite[]): Promise<void> {
  const path = [...outer, suite];
  await inOrder([
    async () => {
      for (const action of suite.hooks.beforeAll) await action();
      for (const child of suite.children) {
        await context.step(child.name, (step) => runChild(child, step, path));
      }
    },
    ...suite.hooks.afterAll,
  ]);
}

async function runChild(
  child: Suite | Test,
  context: Deno.TestContext,
  path: readonly Suite[],
): Promise<void> {
  if (child instanceof Suite) await runSuite(child, context, path);
  else await runTest(child, path);
}

async function runTest(test: Test, path: readonly Suite[]): Promise<void> {
  await inOrder([
    async () => {
      for (const suite of path) for (const action of suite.hooks.beforeEach) await action();
      await test.action();
    },
    ...path.toReversed().flatMap((suite) => suite.hooks.afterEach),
  ]);
}

/** Runs every action, whether or not one before it failed, and then throws what was thrown: one error, or all. */
async function inOrder(actions: readonly Action[]): Promise<void> {
  const thrown: unknown[] = [];
  for (const action of actions) {
    try {
      await action();
    } catch (error) {
      thrown.push(error);
    }
  }
  if (thrown.length === 1) throw thrown[0];
  if (thrown.length > 1) throw new AggregateError(thrown, "The test failed, and so did what followed it");
}
