/** What `std_testing.test.ts` runs: suites that pass and suites that must fail. Not collected by `deno test`. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, it } from "@std/testing/bdd";

describe("order", () => {
  const seen: string[] = [];
  beforeAll(() => void seen.push("beforeAll"));
  beforeEach(() => void seen.push("outer"));
  afterEach(() => void seen.push("done"));
  it("first", async () => {
    await Promise.resolve();
    seen.push("first");
  });
  describe("inside", () => {
    beforeEach(() => void seen.push("inner"));
    it("second", () => void seen.push("second"));
  });
  afterAll(() => console.log(`order: ${seen.join(" ")}`));
});

describe("a test throws", () => {
  it("rejected", async () => {
    await Promise.resolve();
    throw new Error("thrown by the test");
  });
  it("the next one still runs", () => {});
});

describe("afterEach throws", () => {
  afterEach(() => {
    throw new Error("thrown by afterEach");
  });
  it("blamed", () => {});
});

describe("beforeAll throws", () => {
  beforeAll(() => {
    throw new Error("thrown by beforeAll");
  });
  afterAll(() => console.log("afterAll ran"));
  it("never runs", () => console.log("ran all the same"));
});

describe("the test and its afterEach throw", () => {
  afterEach(() => {
    throw new Error("the second cause");
  });
  it("both are told", () => {
    throw new Error("the first cause");
  });
});
