/** Queries against a model that knows less: it never parses, and evaluates by the words of the specification. */
import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import type { AttributeValue } from "../../../src/access/attributes.ts";
import { matches, valuesOf } from "../../../src/access/query/evaluate.ts";
import { GroupIndex } from "../../../src/access/query/group_index.ts";
import { parseQuery } from "../../../src/access/query/parser.ts";
import { isQueryError, type Query } from "../../../src/access/query/query.ts";

type Model =
  | { readonly is: "true" }
  | { readonly is: "and" | "or"; readonly left: Model; readonly right: Model }
  | {
    readonly is: "compare";
    readonly operand: string;
    readonly operator: string;
    readonly literal: string | number;
  }
  | { readonly is: "in"; readonly operand: string; readonly literals: readonly (string | number)[] };

/** Few values, so that they meet. */
const text = fc.constantFrom("", "a", "A", "b", "it's", "é");
const number = fc.integer({ min: -2, max: 2 });
const literal = fc.oneof(text, number);
const operand = fc.constantFrom(
  "attributes.x",
  "attributes.y",
  "attributes.constructor",
  "authenticationName",
);
const order = fc.constantFrom("<", ">", "<=", ">=");
const equality = fc.constantFrom("=", "!=", "<>");

const { query } = fc.letrec<{ query: Model }>((tie) => ({
  query: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.record({ is: fc.constant("true" as const) }),
    fc.record({ is: fc.constant("compare" as const), operand, operator: order, literal: number }),
    fc.record({ is: fc.constant("compare" as const), operand, operator: equality, literal }),
    fc.record({
      is: fc.constant("in" as const),
      operand,
      literals: fc.array(literal, { minLength: 1, maxLength: 3 }),
    }),
    fc.record({
      is: fc.constantFrom("and" as const, "or" as const),
      left: tie("query"),
      right: tie("query"),
    }),
  ),
}));

const value: fc.Arbitrary<AttributeValue> = fc.oneof(text, number, fc.array(text, { maxLength: 2 }));
const client = fc.record({
  authenticationName: fc.constantFrom("a", "A", "b", "it's"),
  attributes: fc.dictionary(fc.constantFrom("x", "y"), value, { noNullPrototype: true }),
});

/** How a query may be written: white space, case and parentheses are free. */
const style = fc.record({
  space: fc.constantFrom(" ", "  ", "\n"),
  upper: fc.boolean(),
  parentheses: fc.boolean(),
});
type Style = typeof style extends fc.Arbitrary<infer S> ? S : never;

function write(model: Model, style: Style): string {
  const { space, upper, parentheses } = style;
  const keyword = (word: string) => upper ? word.toUpperCase() : word;
  switch (model.is) {
    case "true":
      return keyword("true");
    case "and":
    case "or": {
      // Within parentheses always: how tightly words bind is not what is asked here.
      const sides = [model.left, model.right].map((side) => `(${write(side, style)})`);
      return sides.join(`${space}${keyword(model.is)}${space}`);
    }
    case "compare": {
      const plain = `${model.operand}${space}${model.operator}${space}${quoted(model.literal)}`;
      return parentheses ? `(${plain})` : plain;
    }
    case "in":
      return `${model.operand}${space}${keyword("in")}${space}[${
        model.literals.map(quoted).join(`${space},`)
      }]`;
  }
}

function quoted(literal: string | number): string {
  if (typeof literal === "number") return String(literal);
  return literal.includes("'") ? `"${literal}"` : `'${literal}'`;
}

type Client = typeof client extends fc.Arbitrary<infer C> ? C : never;

function expected(model: Model, client: Client): boolean {
  switch (model.is) {
    case "true":
      return true;
    case "and":
    case "or": {
      const sides = [expected(model.left, client), expected(model.right, client)];
      return model.is === "and" ? !sides.includes(false) : sides.includes(true);
    }
    case "in":
      return model.literals.some((one) =>
        known(model.operand, client).some((value) => same(model.operand, value, one))
      );
    case "compare":
      return compares(model, known(model.operand, client));
  }
}

function known(operand: string, { authenticationName, attributes }: Client): (string | number)[] {
  if (operand === "authenticationName") return [authenticationName];
  const value = new Map(Object.entries(attributes)).get(operand.slice("attributes.".length));
  return value === undefined ? [] : [value].flat() as (string | number)[];
}

function compares(
  { operand, operator, literal }: Extract<Model, { is: "compare" }>,
  values: readonly (string | number)[],
): boolean {
  const ofType = values.filter((value) => typeof value === typeof literal);
  const equal = ofType.some((value) => same(operand, value, literal));
  if (operator === "=") return equal;
  if (operator === "!=" || operator === "<>") return ofType.length > 0 && !equal;
  const [first] = ofType;
  if (typeof first !== "number" || typeof literal !== "number") return false;
  const sign = Math.sign(first - literal);
  return (sign < 0 && operator.startsWith("<")) || (sign > 0 && operator.startsWith(">")) ||
    (sign === 0 && operator.endsWith("="));
}

function same(operand: string, one: string | number, other: string | number): boolean {
  const ignoreCase = operand === "authenticationName" && typeof other === "string" && typeof one === "string";
  return ignoreCase ? one.toLowerCase() === other.toLowerCase() : one === other;
}

function parsed(model: Model): Query {
  const query = parseQuery(write(model, { space: " ", upper: false, parentheses: false }), {
    queryBytesMax: 65_536,
    queryDepthMax: 500,
  });
  assert.ok(!isQueryError(query));
  return query;
}

describe("GroupIndex", () => {
  it("finds every group that a client belongs to, and none that was removed", () => {
    fc.assert(
      fc.property(fc.array(query, { maxLength: 6 }), fc.nat(5), client, (models, removed, client) => {
        const index = new GroupIndex();
        const queries = new Map(models.map((model, number) => [`group-${number}`, parsed(model)]));
        for (const [group, query] of queries) index.add(group, query);
        const gone = queries.get(`group-${removed}`);
        if (gone !== undefined) index.remove(`group-${removed}`, gone);
        queries.delete(`group-${removed}`);
        const candidates = index.candidates((operand) => valuesOf(operand, client));
        assert.ok(!candidates.has(`group-${removed}`));
        for (const [group, query] of queries) {
          assert.ok(candidates.has(group) || !matches(query, client), group);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("leaves out groups whose query asks for another value", () => {
    const index = new GroupIndex();
    const literal = "one";
    const is = "compare" as const;
    index.add("group-x", parsed({ is, operand: "attributes.x", operator: "=", literal }));
    index.add("group-y", parsed({ is, operand: "attributes.y", operator: "!=", literal }));
    const subject = { authenticationName: "a", attributes: { x: "two" } };
    assert.deepEqual([...index.candidates((operand) => valuesOf(operand, subject))], ["group-y"]);
  });
});

describe("parseQuery() and matches()", () => {
  it("agree with a model on every query, however it is written", () => {
    fc.assert(
      fc.property(query, client, style, (model, client, style) => {
        const text = write(model, style);
        const parsed = parseQuery(text, { queryBytesMax: 65_536, queryDepthMax: 500 });
        assert.ok(!isQueryError(parsed), text);
        assert.equal(matches(parsed, client), expected(model, client), text);
      }),
      { numRuns: 3000 },
    );
  });

  it("never throw, and name a position within the text, whatever it is", () => {
    const piece = fc.constantFrom(
      "(",
      ")",
      "[",
      "]",
      ",",
      "=",
      "<>",
      "'",
      '"',
      "and",
      "IN",
      "attributes.x",
      "1",
      "-",
      "é",
    );
    const anything = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(piece).map((pieces) => pieces.join(" ")),
    );
    fc.assert(
      fc.property(anything, (text) => {
        const parsed = parseQuery(text, { queryBytesMax: 1000, queryDepthMax: 5 });
        if (isQueryError(parsed)) assert.ok(parsed.position >= 0 && parsed.position <= text.length);
      }),
      { numRuns: 3000 },
    );
  });
});
