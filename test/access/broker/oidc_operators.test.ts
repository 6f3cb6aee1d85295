/** Operators by tokens of an OIDC issuer, in a real process over a real socket. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { FakeIssuer, keyPair, OID, type WantedClaims } from "../../identity/token/issuer.ts";
import { GovernedBroker } from "./governed.ts";

const FULL = "Heliograph.Operator";
const READER = "Heliograph.Reader";
const AUDIENCE = "api://heliograph";
const SPACE = "/v1/topicSpaces/space";
const WANTED = { properties: { topicTemplates: ["a"] } };

/** An answer with what tools look at beside its body. */
interface Told {
  readonly status: number;
  readonly headers: Headers;
  // deno-lint-ignore no-explicit-any
  readonly body: any;
}

describe("a broker whose operators have an OIDC issuer", () => {
  let folder: string;
  let issuer: FakeIssuer;
  let broker: GovernedBroker;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "heliograph-oidc-operators-"));
    issuer = await FakeIssuer.start();
    broker = await brokerOf(issuer, join(folder, "broker.json"));
  });

  afterAll(async () => {
    await broker.end();
    await issuer[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  async function brokerOf({ url }: FakeIssuer, config: string): Promise<GovernedBroker> {
    const oidc = { issuer: url, jwksUri: `${url}/keys`, audience: [AUDIENCE] };
    await writeFile(config, JSON.stringify({ operators: { oidc }, tokens: { clockToleranceSeconds: 0 } }));
    return await GovernedBroker.started({ flags: ["--config", config] });
  }

  /** A token for the management of this broker, but for what is asked for. */
  async function tokenOf(claims: WantedClaims, from = issuer): Promise<string> {
    return await from.token({ aud: AUDIENCE, ...claims });
  }

  async function asks(method: string, path: string, token: string, at = broker): Promise<Told> {
    const response = await fetch(`http://${at.address("http")}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
      ...method === "PUT" ? { body: JSON.stringify(WANTED) } : {},
    });
    const text = await response.text();
    const { status, headers } = response;
    return { status, headers, body: text === "" ? undefined : JSON.parse(text) };
  }

  function assertProblem({ status, headers, body }: Told, expected: readonly [number, string]): void {
    assert.equal(headers.get("content-type"), "application/problem+json");
    assert.deepEqual([status, body.code], expected);
  }

  it("lets whoever has the full role do everything, and enters them in the audit log", async () => {
    const token = await tokenOf({ roles: ["Other", FULL] });
    assert.equal((await asks("PUT", SPACE, token)).status, 201);
    assert.equal((await asks("GET", SPACE, token)).status, 200);
    const { body } = await asks("GET", "/v1/audit", token);
    const [newest] = body.value;
    assert.deepEqual(
      [newest.operator, newest.action, newest.target, newest.address],
      [`oidc ${OID}`, "create", "topicSpaces/space", "127.0.0.1"],
    );
  });

  it("lets whoever has the reader's role read alone", async () => {
    const token = await tokenOf({ roles: READER, oid: "a-reader" });
    assert.equal((await asks("GET", "/v1/topicSpaces", token)).status, 200);
    assertProblem(await asks("PUT", SPACE, token), [403, "operator-read-only"]);
    assertProblem(await asks("DELETE", SPACE, token), [403, "operator-read-only"]);
    const { body } = await broker.request("GET", "/v1/audit");
    assert.ok(body.value.every(({ operator }: { operator: string }) => operator !== "oidc a-reader"));
  });

  it("lets the full role alone publish over HTTP", async () => {
    const path = "/mqtt/messages?topic=a";
    assert.equal((await asks("POST", path, await tokenOf({ roles: [FULL] }))).status, 204);
    assertProblem(await asks("POST", path, await tokenOf({ roles: [READER] })), [403, "operator-read-only"]);
    assertProblem(await asks("POST", path, await tokenOf({})), [401, "credentials-invalid"]);
  });

  it("answers 401 to all other tokens, and names the scheme that would do", async () => {
    const bad = [
      await tokenOf({}),
      await tokenOf({ roles: ["Reader"] }),
      await tokenOf({ roles: [FULL], exp: Math.floor(Date.now() / 1000) - 1 }),
      await tokenOf({ roles: [FULL], nbf: Math.floor(Date.now() / 1000) + 600 }),
      await tokenOf({ roles: [FULL], aud: "https://eventgrid.azure.net/" }),
      await issuer.token({ aud: AUDIENCE, roles: [FULL] }, { key: await keyPair("key1") }),
    ];
    for (const token of bad) {
      const told = await asks("GET", SPACE, token);
      assertProblem(told, [401, "credentials-invalid"]);
      assert.equal(told.headers.get("www-authenticate"), "Bearer");
    }
  });

  it("knows them under the long paths too, with Azure's errors", async () => {
    const path =
      "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/heliograph/providers/Microsoft.EventGrid/namespaces/ns1/topicSpaces/long?api-version=2025-02-15";
    assert.equal((await asks("PUT", path, await tokenOf({ roles: [FULL] }))).status, 201);
    const refused = await asks("DELETE", path, await tokenOf({ roles: [READER] }));
    assert.deepEqual([refused.status, refused.body.error.code], [403, "AuthorizationFailed"]);
  });

  it("answers 503 while the issuer says nothing, and the broker's own token still counts", async () => {
    await using silent = await FakeIssuer.start();
    silent.behaviour = (response) => response.destroy();
    await using other = await brokerOf(silent, join(folder, "silent.json"));
    const told = await asks("GET", SPACE, await tokenOf({ roles: [FULL] }, silent), other);
    assertProblem(told, [503, "issuer-unavailable"]);
    assert.match(told.headers.get("retry-after") ?? "", /^\d+$/);
    assert.equal((await asks("GET", "/v1/topicSpaces", other.token, other)).status, 200);
  });
});
