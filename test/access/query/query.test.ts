import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import type { Attributes } from "../../../src/access/attributes.ts";
import { matches } from "../../../src/access/query/evaluate.ts";
import { parseQuery, type QueryLimits } from "../../../src/access/query/parser.ts";
import { isQueryError, type QueryError } from "../../../src/access/query/query.ts";

const limits: QueryLimits = { queryBytesMax: 65_536, queryDepthMax: 100 };

interface Client {
  readonly name?: string;
  readonly attributes?: Attributes;
}

function holds(text: string, { name = "client1", attributes = {} }: Client = {}): boolean {
  const query = parseQuery(text, limits);
  assert.ok(!isQueryError(query), `${text}: ${JSON.stringify(query)}`);
  return matches(query, { authenticationName: name, attributes });
}

function errorOf(text: string, bounds: QueryLimits = limits): QueryError {
  const query = parseQuery(text, bounds);
  assert.ok(isQueryError(query), `${text} was to be refused`);
  return query;
}

describe("event-grid: the documented samples (specification §4.1)", () => {
  it('(attributes.sensors = "motion" or attributes.sensors = "humidity") or attributes.type = "home-sensors"', () => {
    const query =
      '(attributes.sensors = "motion" or attributes.sensors = "humidity") or attributes.type = "home-sensors"';
    assert.ok(holds(query, { attributes: { sensors: ["motion", "temperature"] } }));
    assert.ok(holds(query, { attributes: { sensors: "humidity" } }));
    assert.ok(holds(query, { attributes: { type: "home-sensors" } }));
    assert.ok(!holds(query, { attributes: { sensors: ["temperature"], type: "office-sensors" } }));
  });

  it('attributes.sensors IN ["motion","humidity","temperature"] and attributes.floor <= 5', () => {
    const query = 'attributes.sensors IN ["motion","humidity","temperature"] and attributes.floor <= 5';
    assert.ok(holds(query, { attributes: { sensors: ["light", "humidity"], floor: 5 } }));
    assert.ok(!holds(query, { attributes: { sensors: ["light", "humidity"], floor: 6 } }));
    assert.ok(!holds(query, { attributes: { sensors: ["light"], floor: 1 } }));
    assert.ok(!holds(query, { attributes: { sensors: ["motion"] } }));
  });

  it("authenticationName IN ['client1','client2']", () => {
    assert.ok(holds("authenticationName IN ['client1','client2']", { name: "client2" }));
    assert.ok(!holds("authenticationName IN ['client1','client2']", { name: "client3" }));
  });

  it("attributes.b IN ['a','b','c']", () => {
    assert.ok(holds("attributes.b IN ['a','b','c']", { attributes: { b: "c" } }));
    assert.ok(!holds("attributes.b IN ['a','b','c']", { attributes: { b: "d" } }));
  });

  it('attributes.type = "cloudApp" (request-response)', () => {
    assert.ok(holds('attributes.type = "cloudApp"', { attributes: { type: "cloudApp" } }));
    assert.ok(!holds('attributes.type = "cloudApp"', { attributes: { type: "device" } }));
  });
});

describe("parseQuery()", () => {
  it("lets and bind tighter than or, and parentheses decide", () => {
    assert.ok(holds("true or attributes.x = 1 and attributes.x = 2"));
    assert.ok(!holds("(true or attributes.x = 1) and attributes.x = 2"));
    assert.ok(holds("attributes.x = 2 and attributes.x = 1 or true"));
  });

  it("reads keywords in any case, and keys exactly", () => {
    assert.ok(
      holds("TRUE AND True aNd attributes.x in [1] OR attributes.y In [2]", { attributes: { x: 1 } }),
    );
    assert.ok(!holds("attributes.X = 1", { attributes: { x: 1 } }));
  });

  it("reads both kinds of quotes, each with the other within, and no escapes", () => {
    assert.ok(holds(`attributes.x = "it's"`, { attributes: { x: "it's" } }));
    assert.ok(holds(`attributes.x = 'say "no"'`, { attributes: { x: 'say "no"' } }));
    assert.ok(holds(String.raw`attributes.x = 'a\'`, { attributes: { x: "a\\" } }));
    assert.ok(holds("attributes.x = ''", { attributes: { x: "" } }));
  });

  it("needs no white space where words can be told apart, and takes any", () => {
    assert.ok(holds("(attributes.x=1)and(attributes.y<>'b')or(true)", { attributes: { x: 1, y: "a" } }));
    assert.ok(holds("\n\tattributes.x\r\n=\n 1 ", { attributes: { x: 1 } }));
  });

  it("reads keys that begin with digits, or are named as keywords are", () => {
    assert.ok(holds("attributes.1st = 1 and attributes.and = 2", { attributes: { "1st": 1, and: 2 } }));
  });

  it("reads whole numbers of 64 bits, negative ones too, and no others", () => {
    assert.ok(holds("attributes.x = -5", { attributes: { x: -5 } }));
    assert.ok(holds("attributes.x < 9223372036854775807", { attributes: { x: Number.MAX_SAFE_INTEGER } }));
    assert.ok(!holds("attributes.x = 9007199254740993", { attributes: { x: Number.MAX_SAFE_INTEGER } }));
    assert.equal(errorOf("attributes.x < 9223372036854775808").expected, "a whole number of 64 bits");
    assert.equal(errorOf("attributes.x > -9223372036854775809").position, 15);
    assert.equal(errorOf(`attributes.x = ${"9".repeat(60_000)}`).expected, "a whole number of 64 bits");
    assert.equal(errorOf("attributes.x = 1.5").position, 16);
  });

  const faults: readonly [query: string, position: number, expected: RegExp][] = [
    ["", 0, /attributes\.KEY/],
    ["   ", 3, /attributes\.KEY/],
    ["attribute.x = 1", 0, /attributes\.KEY/],
    ["attributes = 1", 0, /attributes\.KEY/],
    ["attributes.a.b = 1", 0, /attributes\.KEY/],
    ["AuthenticationName = 'a'", 0, /authenticationName/],
    ["not true", 0, /attributes\.KEY/],
    ["false", 0, /attributes\.KEY/],
    ["attributes.x", 12, /one of =/],
    ["attributes.x == 1", 14, /text in quotes/],
    ["attributes.x like 'a'", 13, /one of =/],
    ["attributes.x = y", 15, /text in quotes/],
    ["attributes.x = 'a", 15, /closed by '/],
    ["attributes.x < 'a'", 15, /whole number behind </],
    ['authenticationName >= "a"', 22, /whole number behind >=/],
    ["attributes.x IN []", 17, /text in quotes/],
    ["attributes.x IN 'a'", 16, /\[ behind IN/],
    ["attributes.x IN ['a' 'b']", 21, /closing \]/],
    ["attributes.x IN ['a',]", 21, /text in quotes/],
    ["(true", 5, /closing \)/],
    ["true)", 4, /end of the query/],
    ["true true", 5, /end of the query/],
    ["true and", 8, /attributes\.KEY/],
    ["attributes.é = 1", 0, /attributes\.KEY/],
    ["true & true", 5, /operator/],
    ["attributes.x = 1 -- all", 17, /operator/],
    ["attributes.x = 1; true", 16, /operator/],
  ];
  for (const [query, position, expected] of faults) {
    it(`refuses ${JSON.stringify(query)} at character ${position + 1}`, () => {
      const error = errorOf(query);
      assert.equal(error.position, position);
      assert.match(error.expected, expected);
    });
  }

  it("refuses a query of 1 MB and 10,000 parentheses at once, without a deep stack", () => {
    const started = performance.now();
    assert.match(errorOf(`attributes.x = '${"a".repeat(1_000_000)}'`).expected, /at most 65536 bytes/);
    assert.match(errorOf("é".repeat(40_000)).expected, /at most 65536 bytes/);
    const deep = `${"(".repeat(10_000)}true${")".repeat(10_000)}`;
    assert.deepEqual(errorOf(deep), {
      position: 100,
      expected: "at most 100 parentheses within one another",
    });
    assert.equal(errorOf("(".repeat(60_000)).position, 100);
    assert.ok(performance.now() - started < 1000);
  });

  it("takes as many parentheses within one another as there may be, and any number beside one another", () => {
    assert.ok(holds(`${"(".repeat(100)}true${")".repeat(100)}`));
    assert.ok(holds(Array(5000).fill("(true)").join(" and ")));
    assert.equal(errorOf("((true))", { ...limits, queryDepthMax: 1 }).position, 1);
  });
});

describe("matches()", () => {
  it("is false for an attribute that is missing, for != too", () => {
    for (const operator of ["=", "!=", "<>", "<", ">", "<=", ">="]) {
      assert.ok(!holds(`attributes.x ${operator} 1`), operator);
    }
    assert.ok(!holds("attributes.x != 'a'"));
    assert.ok(!holds("attributes.x IN ['a', 1]"));
  });

  it("is false for a value of another type, for != too", () => {
    assert.ok(!holds("attributes.x = '1'", { attributes: { x: 1 } }));
    assert.ok(!holds("attributes.x != '1'", { attributes: { x: 2 } }));
    assert.ok(!holds("attributes.x != 1", { attributes: { x: "2" } }));
    assert.ok(!holds("attributes.x < 5", { attributes: { x: "1" } }));
    assert.ok(!holds("attributes.x != 1", { attributes: { x: ["2"] } }));
    assert.ok(!holds("authenticationName = 5", { name: "5" }));
    assert.ok(!holds("authenticationName != 5", { name: "6" }));
  });

  it("finds any element of a list, and differs from a text that is no element", () => {
    const attributes = { x: ["a", "b"], none: [] };
    assert.ok(holds("attributes.x = 'b'", { attributes }));
    assert.ok(!holds("attributes.x != 'b'", { attributes }));
    assert.ok(holds("attributes.x <> 'c'", { attributes }));
    assert.ok(holds("attributes.x IN ['c', 'a']", { attributes }));
    assert.ok(!holds("attributes.none = 'a'", { attributes }));
    assert.ok(!holds("attributes.none != 'a'", { attributes }));
  });

  it("compares whole numbers", () => {
    const attributes = { x: 5 };
    const truths = ["x = 5", "x != 4", "x < 6", "x <= 5", "x > 4", "x >= 5", "x IN [1, 5]"];
    for (const truth of truths) assert.ok(holds(`attributes.${truth}`, { attributes }), truth);
    const untruths = ["x = 4", "x != 5", "x < 5", "x <= 4", "x > 5", "x >= 6", "x IN [1, '5']"];
    for (const untruth of untruths) assert.ok(!holds(`attributes.${untruth}`, { attributes }), untruth);
  });

  it("compares texts exactly, and authentication names ignoring case, as they are unique", () => {
    assert.ok(!holds("attributes.x = 'A'", { attributes: { x: "a" } }));
    assert.ok(holds("authenticationName = 'CLIENT1'", { name: "client1" }));
    assert.ok(holds("authenticationName IN ['STRASSE']", { name: "straße" }));
    assert.ok(!holds("authenticationName != 'Bob'", { name: "bOB" }));
  });

  it("takes keys that every object has for what they are: missing", () => {
    for (const key of ["constructor", "__proto__", "toString", "hasOwnProperty"]) {
      assert.ok(!holds(`attributes.${key} != 'a'`), key);
    }
  });
});
