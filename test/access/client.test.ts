import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { caClient, faultsOfBody, put, refused, remove, world } from "./world.ts";

const sha256 = "a1".repeat(32);
const sha1 = "B2".repeat(20);

function thumbprints(...allowedThumbprints: unknown[]) {
  return { clientCertificateAuthentication: { validationScheme: "ThumbprintMatch", allowedThumbprints } };
}

describe("clients (specification §3.1)", () => {
  it("fills in what is not said: state, attributes, and the name for the authentication name", async () => {
    const its = await world();
    const { after } = await put(its, "clients", "client-1:a.b_c", caClient);
    assert.deepEqual(after?.properties, {
      ...caClient,
      authenticationName: "client-1:a.b_c",
      state: "Enabled",
      attributes: {},
    });
  });

  it("takes the body of the samples", async () => {
    const its = await world();
    await put(its, "clients", "vehicle01", {
      authenticationName: "vehicle01",
      description: "a vehicle",
      state: "Disabled",
      clientCertificateAuthentication: {
        validationScheme: "SubjectMatchesAuthenticationName",
        allowedThumbprints: null,
      },
      attributes: { type: "vehicle", floor: -3, sensors: ["motion", "humidity"] },
      provisioningState: "Succeeded",
    });
    assert.deepEqual(its.registry.resources.get("clients", "vehicle01")?.properties.attributes, {
      type: "vehicle",
      floor: -3,
      sensors: ["motion", "humidity"],
    });
  });

  it("tells names apart by case, and authentication names not", async () => {
    const its = await world();
    await put(its, "clients", "Pump", { ...caClient, authenticationName: "Straße" });
    await put(its, "clients", "pump", { ...caClient, authenticationName: "other" });
    for (const authenticationName of ["straße", "STRASSE", "StraSSe"]) {
      const wanted = { properties: { ...caClient, authenticationName } };
      const refusal = await refused(its.registry.put("clients", "PUMP", wanted), "name-taken");
      assert.match(refusal.detail, /the client Pump has it, ignoring case/);
    }
    assert.equal(its.registry.resources.clientByAuthenticationName("STRASSE")?.name, "Pump");
    assert.equal(
      its.registry.resources.clientByAuthenticationName("strasse")?.properties.authenticationName,
      "Straße",
    );
  });

  it("refuses a default authentication name that another client has", async () => {
    const its = await world();
    await put(its, "clients", "a", { ...caClient, authenticationName: "B" });
    await refused(its.registry.put("clients", "b", { properties: caClient }), "name-taken");
  });

  it("frees the authentication name of a deleted client", async () => {
    const its = await world();
    await put(its, "clients", "a", { ...caClient, authenticationName: "x" });
    await remove(its, "clients", "a");
    assert.equal(its.registry.resources.clientByAuthenticationName("x"), undefined);
    await put(its, "clients", "b", { ...caClient, authenticationName: "X" });
    assert.equal(its.registry.resources.clientByAuthenticationName("x")?.name, "b");
  });

  it("keeps the authentication name for as long as the client is there", async () => {
    const its = await world();
    await put(its, "clients", "client1", { ...caClient, authenticationName: "Name" });
    assert.deepEqual(await faultsOfBody(its, "clients", { ...caClient, authenticationName: "name" }), [
      "immutable properties.authenticationName",
    ]);
    const { after } = await put(its, "clients", "client1", { ...caClient, state: "Disabled" });
    assert.deepEqual(after?.properties, {
      ...caClient,
      authenticationName: "Name",
      state: "Disabled",
      attributes: {},
    });
  });

  it("refuses names that are too long, have other characters, or are steps of a path", async () => {
    const its = await world();
    await put(its, "clients", "x".repeat(128), caClient);
    for (const name of ["", "x".repeat(129), "a b", "a/b", "ä", "a\n", "$all", "a+", ".", ".."]) {
      assert.deepEqual(await faultsOfBody(its, "clients", caClient, name), ["name-invalid name"], name);
    }
  });

  it("takes any authentication name that MQTT can carry, of 1 to 128 characters", async () => {
    const its = await world();
    const names = ["a b/+#$", "😀".repeat(128), "é", "\u202e", "a\tb"];
    for (const [index, authenticationName] of names.entries()) {
      await put(its, "clients", `c${index}`, { ...caClient, authenticationName });
    }
    for (const authenticationName of ["", "x".repeat(129), "a\0b", "\ud800", 5, ["a"]]) {
      assert.deepEqual(await faultsOfBody(its, "clients", { ...caClient, authenticationName }), [
        "wrong-value properties.authenticationName",
      ]);
    }
  });

  it("wants a validation scheme, and thumbprints exactly with ThumbprintMatch", async () => {
    const its = await world();
    assert.deepEqual(await faultsOfBody(its, "clients", {}), [
      "missing-value properties.clientCertificateAuthentication",
    ]);
    assert.deepEqual(await faultsOfBody(its, "clients", { clientCertificateAuthentication: {} }), [
      "missing-value properties.clientCertificateAuthentication.validationScheme",
    ]);
    const path = "properties.clientCertificateAuthentication.allowedThumbprints";
    const subject = { validationScheme: "SubjectMatchesAuthenticationName", allowedThumbprints: [sha256] };
    assert.deepEqual(await faultsOfBody(its, "clients", { clientCertificateAuthentication: subject }), [
      `wrong-value ${path}`,
    ]);
    const none = { clientCertificateAuthentication: { validationScheme: "ThumbprintMatch" } };
    assert.deepEqual(await faultsOfBody(its, "clients", none), [`missing-value ${path}`]);
    assert.deepEqual(await faultsOfBody(its, "clients", thumbprints()), [`wrong-value ${path}`]);
    assert.deepEqual(await faultsOfBody(its, "clients", thumbprints(sha1, sha1, sha1)), [
      `wrong-value ${path}`,
    ]);
    assert.deepEqual(await faultsOfBody(its, "clients", thumbprints(sha1, "zz".repeat(20), 7)), [
      `wrong-value ${path}`,
    ]);
    assert.deepEqual(await faultsOfBody(its, "clients", thumbprints("zz".repeat(20), "ab")), [
      `wrong-value ${path}.0`,
      `wrong-value ${path}.1`,
    ]);
    await put(its, "clients", "a", thumbprints(sha256, sha1.match(/../g)?.join(":")));
    await put(its, "clients", "b", thumbprints(sha256));
  });

  it("refuses attributes of other types, under other keys, or of 4 KB and more", async () => {
    const its = await world();
    const of = (attributes: unknown) => faultsOfBody(its, "clients", { ...caClient, attributes });
    for (const value of [1.5, true, null, {}, [1], ["a", null], 2 ** 60, "a\0"]) {
      assert.deepEqual((await of({ key: value })).map((fault) => fault.replace(/\.0$|\.1$/, "")), [
        `${value === null ? "missing" : "wrong"}-value properties.attributes.key`,
      ], JSON.stringify(value));
    }
    for (const key of ["a-b", "", "a b", "é", "a.b"]) {
      assert.deepEqual(await of({ [key]: "x" }), [`wrong-value properties.attributes.${key}`]);
    }
    assert.deepEqual(await of(JSON.parse('{"__proto__": "x"}')), [
      "wrong-value properties.attributes.__proto__",
    ]);
    assert.deepEqual(await of(["a"]), ["wrong-value properties.attributes"]);
    assert.deepEqual(await of({ a: "x".repeat(4095) }), ["wrong-value properties.attributes"]);
    assert.deepEqual(await of({ a: Array(100).fill("é".repeat(21)) }), ["wrong-value properties.attributes"]);
    await put(its, "clients", "almost", { ...caClient, attributes: { a: "x".repeat(4094) } });
  });

  it("names every fault with its path, and misspelt keys with what they were meant to be", async () => {
    const its = await world();
    const wanted = {
      properties: { stat: "Disabled", state: "enabled", description: 7, attributes: { "a b": 1 } },
    };
    const refusal = await refused(its.registry.put("clients", "a b", wanted), "resource-invalid");
    assert.deepEqual(refusal.faults.map(({ code, path, expected }) => [code, path, expected]), [
      ["name-invalid", "name", "1 to 128 letters, digits and - : . _, other than . and .."],
      ["wrong-value", "properties.description", "a text"],
      ["wrong-value", "properties.state", "one of Enabled, Disabled"],
      [
        "missing-value",
        "properties.clientCertificateAuthentication",
        "a mapping with the keys validationScheme, allowedThumbprints",
      ],
      ["wrong-value", "properties.attributes.a b", "letters, digits and _ in the key of an attribute"],
      ["unknown-key", "properties.stat", "state"],
    ]);
    assert.match(
      refusal.detail,
      /^Cannot use "enabled" for properties.state: use one of Enabled, Disabled$/m,
    );
  });

  it("refuses what is no mapping, and tells 50 of a million faults", async () => {
    const its = await world();
    for (const body of [undefined, null, 5, "x", [], [caClient]]) {
      const [fault, ...others] = await faultsOfBody(its, "clients", body);
      assert.match(fault ?? "", /^(missing|wrong)-value properties$/);
      assert.deepEqual(others, []);
    }
    const attributes = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`${index}`, {}]));
    assert.equal((await faultsOfBody(its, "clients", { ...caClient, attributes })).length, 50);
  });
});
