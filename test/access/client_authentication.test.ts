import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { anonymousAccess } from "../../src/access/anonymous.ts";
import { type Evidence, impactOf, touchesAuthentication } from "../../src/access/impact.ts";
import { clientAuthenticationOf } from "../../src/access/namespace.ts";
import { caClient, faultsOfBody, put, refused, type World, world } from "./world.ts";

const PLACE = "properties.topicSpacesConfiguration.clientAuthentication";

const certificate = { kid: "key1", encodedCertificate: "pem" };
const customJwtAuthentication = { tokenIssuer: "issuer", encodedIssuerCertificates: [certificate] };
const webhookAuthentication = {
  identity: { type: "SystemAssigned" },
  endpointUrl: "https://auth.example.com/hook",
  azureActiveDirectoryApplicationIdOrUri: "api://hook",
  azureActiveDirectoryTenantId: "11111111-2222-3333-4444-555555555555",
};
const entra = { issuer: "https://login/v2.0", jwksUri: "https://login/keys" };

function body(clientAuthentication: unknown): object {
  return { topicSpacesConfiguration: { clientAuthentication } };
}

async function faults(clientAuthentication: unknown): Promise<string[]> {
  const found = await faultsOfBody(await world(), "namespace", body(clientAuthentication));
  return found.map((fault) => fault.replace(`${PLACE}.`, ""));
}

async function kept(its: World, clientAuthentication: unknown): Promise<unknown> {
  await put(its, "namespace", "ns1", body(clientAuthentication));
  const [namespace] = its.registry.resources.all("namespace");
  return namespace && clientAuthenticationOf(namespace.properties);
}

describe("clientAuthentication (specification §3.3 to §3.5)", () => {
  it("takes all ways, and a webhook in both of Azure's spellings", async () => {
    const its = await world();
    assert.deepEqual(await kept(its, { customJwtAuthentication, webhookAuthentication, entra }), {
      customJwtAuthentication,
      webhookAuthentication,
      entra: { ...entra, audience: ["https://eventgrid.azure.net/"], principalClaim: "oid" },
    });
    assert.deepEqual(await kept(its, { webHookAuthentication: webhookAuthentication }), {
      webhookAuthentication,
    });
  });

  it("refuses custom tokens without a key, with three, with two of a name, or with one that is none", async () => {
    const custom = (encodedIssuerCertificates: unknown) =>
      faults({ customJwtAuthentication: { tokenIssuer: "issuer", encodedIssuerCertificates } });
    const place = "customJwtAuthentication.encodedIssuerCertificates";
    assert.deepEqual(await custom([]), [`wrong-value ${place}`]);
    assert.deepEqual(await custom(undefined), [`missing-value ${place}`]);
    assert.deepEqual(await custom([certificate, certificate]), [`wrong-value ${place}`]);
    const three = ["1", "2", "3"].map((kid) => ({ ...certificate, kid }));
    assert.deepEqual(await custom(three), [`wrong-value ${place}`]);
    assert.deepEqual(await custom([{ encodedCertificate: "pem" }]), [`missing-value ${place}.0.kid`]);
    const bad = { kid: "key2", encodedCertificate: "bad" };
    assert.deepEqual(await custom([certificate, bad]), [`certificate-invalid ${place}.1.encodedCertificate`]);
    assert.deepEqual(
      await faults({ customJwtAuthentication: { encodedIssuerCertificates: [certificate] } }),
      [
        "missing-value customJwtAuthentication.tokenIssuer",
      ],
    );
  });

  it("takes certificates as long as those of RSA keys are", async () => {
    const encodedIssuerCertificates = [{ kid: "key1", encodedCertificate: "pem ".repeat(2000) }];
    const custom = { customJwtAuthentication: { tokenIssuer: "issuer", encodedIssuerCertificates } };
    assert.deepEqual(await kept(await world(), custom), custom);
  });

  it("refuses servers that are asked over what anybody can change", async () => {
    const wrong = [
      "http://example.com/",
      "http://127.0.0.1.example.com/",
      "http://localhost.example.com/",
      "https://user:secret@example.com/",
      "ftp://127.0.0.1/",
      "file:///etc/passwd",
      "127.0.0.1/keys",
      "",
    ];
    for (const url of wrong) {
      assert.deepEqual(
        await faults({ entra: { ...entra, jwksUri: url } }),
        ["wrong-value entra.jwksUri"],
        url,
      );
      assert.deepEqual(await faults({ webhookAuthentication: { endpointUrl: url } }), [
        "wrong-value webhookAuthentication.endpointUrl",
      ]);
    }
    for (const url of ["http://127.0.0.1:8000/keys", "http://localhost/keys", "http://[::1]/keys"]) {
      await kept(await world(), { entra: { ...entra, jwksUri: url } });
    }
  });

  it("refuses a webhook with a query, where its key would be, and does not repeat it", async () => {
    const its = await world();
    for (const query of ["?code=s3cret", "?", "#?s3cret", "?a=1?s3cret"]) {
      const endpointUrl = `https://auth.example.com/hook${query}`;
      const properties = body({ webhookAuthentication: { endpointUrl } });
      const refusal = await refused(its.registry.put("namespace", "ns1", { properties }), "resource-invalid");
      const [fault] = refusal.faults;
      assert.equal(fault?.path, `${PLACE}.webhookAuthentication.endpointUrl`);
      assert.match(fault?.expected ?? "", /without a query.*webhook\.bearerFile/);
      assert.doesNotMatch(JSON.stringify(refusal) + refusal.detail, /s3cret/);
    }
  });

  it("refuses a webhook that would never be asked, and names its endpoint", async () => {
    assert.deepEqual(await faults({ webhookAuthentication: { endpointUrl: "https://bad.example.com/" } }), [
      "wrong-value webhookAuthentication.endpointUrl",
    ]);
  });

  it("keeps the webhook's identity, whatever it says, but for a long one", async () => {
    const its = await world();
    const identity = { type: "UserAssigned", userAssignedIdentity: "x".repeat(4000) };
    const long = { ...webhookAuthentication, identity };
    assert.deepEqual(await kept(its, { webhookAuthentication: long }), { webhookAuthentication: long });
    const tooLong = { ...webhookAuthentication, identity: ["x".repeat(4096)] };
    assert.deepEqual(await faults({ webhookAuthentication: tooLong }), [
      "wrong-value webhookAuthentication.identity",
    ]);
  });

  it("refuses an issuer without audiences, and unknown keys", async () => {
    assert.deepEqual(await faults({ entra: { ...entra, audience: [] } }), ["wrong-value entra.audience"]);
    assert.deepEqual(await faults({ entra: { ...entra, audiences: ["a"] } }), [
      "unknown-key entra.audiences",
    ]);
    assert.deepEqual(await faults({ webhook: webhookAuthentication }), ["unknown-key webhook"]);
  });

  it("turns anonymous access off", async () => {
    for (const one of [{ entra }, { customJwtAuthentication }, { webhookAuthentication }]) {
      const its = await world();
      await kept(its, one);
      assert.equal(anonymousAccess(undefined, its.registry.resources), "off");
    }
  });
});

describe("impactOf() with somebody else's word", () => {
  const vouched = (way: string): Evidence => ({
    principal: { kind: "external", authenticationName: "Device1", attributes: {} },
    certificateAuthorities: [],
    namedByCertificate: false,
    way,
  });

  it("finds those who came in by a way whose settings are others, and nobody else", async () => {
    const its = await world();
    await kept(its, { customJwtAuthentication, webhookAuthentication });
    const change = await put(its, "namespace", "ns1", body({ customJwtAuthentication }));
    const impact = impactOf([change], its.registry.resources);
    assert.equal(touchesAuthentication(impact, vouched("webhook")), true);
    assert.equal(touchesAuthentication(impact, vouched("CUSTOM-JWT")), false);
  });

  it("finds those whose name is that of a client which is disabled", async () => {
    const its = await world();
    await put(its, "clients", "device1", caClient);
    const change = await put(its, "clients", "device1", { ...caClient, state: "Disabled" });
    assert.equal(
      touchesAuthentication(impactOf([change], its.registry.resources), vouched("CUSTOM-JWT")),
      true,
    );
  });
});
