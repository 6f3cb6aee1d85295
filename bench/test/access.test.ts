import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { parseAllDocuments } from "yaml";
import { anonymousResources, benchUser, certificateResources, userResources } from "../access.ts";

interface Document {
  readonly type: string;
  readonly name: string;
  readonly properties: { readonly topicTemplates: readonly string[]; readonly topicSpaceName: string };
}

function read(text: string): readonly Document[] {
  return parseAllDocuments(text).map((document): Document => document.toJS());
}

function templatesIn(text: string): readonly string[] {
  return read(text).filter(({ type }) => type === "topicSpaces").flatMap(({ properties }) =>
    properties.topicTemplates
  );
}

describe("userResources()", () => {
  it("grants the generator's ten topics, each by one of the spaces, the last space among them", () => {
    for (const topicSpaces of [10, 100, 10_000]) {
      const templates = templatesIn(userResources(topicSpaces));
      assert.equal(templates.length, topicSpaces);
      const granting = templates.filter((template) => /^\$\{client.authenticationName\}\/\d$/.test(template));
      assert.deepEqual(
        granting.map((template) => template.at(-1)).toSorted(),
        Array.from({ length: 10 }, (_, topic) => String(topic)),
      );
      assert.equal(templates.at(-1), granting.at(-1));
    }
  });

  it("grants them all by one space, if there is only that", () => {
    assert.deepEqual(templatesIn(userResources(1)), ["${client.authenticationName}/+"]);
  });

  it("binds every space twice, and has one user", () => {
    const documents = read(userResources(100));
    const bound = documents.filter(({ type }) => type === "permissionBindings");
    assert.equal(bound.length, 200);
    assert.equal(new Set(bound.map(({ properties }) => properties.topicSpaceName)).size, 100);
    assert.deepEqual(documents.filter(({ type }) => type === "users").map(({ name }) => name), [
      benchUser.name,
    ]);
  });
});

describe("anonymousResources()", () => {
  it("is about everyone", () => {
    assert.match(anonymousResources(), /"clientGroupName":"\$anonymous"/);
    assert.deepEqual(templatesIn(anonymousResources()), ["bench/#"]);
  });
});

describe("certificateResources()", () => {
  it("registers the CA, and the one client whose certificate it signs", () => {
    const documents = read(
      certificateResources("-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"),
    );
    const named = (type: string) => documents.filter((one) => one.type === type).map(({ name }) => name);
    assert.deepEqual(named("clients"), [benchUser.name]);
    assert.equal(named("caCertificates").length, 1);
  });
});
