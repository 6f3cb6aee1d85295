/** A namespace as Azure's command line speaks to it: Azure's own paths, bodies and versions, over HTTP. */
import assert from "node:assert/strict";
import { namespaceIdentityPreset, namespaceScope } from "../../../src/access/scope.ts";
import type { Answer, GovernedBroker } from "../../access/broker/governed.ts";

/** Properties of a resource, as `az resource create --properties` takes them. */
export type AzureProperties = Readonly<Record<string, unknown>>;
/** By what stands behind the namespace's id, such as `clients/vehicle01`. */
export type AzureResources = Readonly<Record<string, AzureProperties>>;

/** The namespace's id, `$res_id` in the samples. */
export const NAMESPACE_ID = namespaceScope(namespaceIdentityPreset);
export const LATEST = "2025-02-15";

/** The management API of a broker, as `az` uses it. */
export class AzureNamespace {
  readonly #broker: GovernedBroker;
  readonly #version: string;

  constructor(broker: GovernedBroker, version = LATEST) {
    this.#broker = broker;
    this.#version = version;
  }

  /** `az resource create --id "$res_id/…" --properties '{…}'`: the location of the resource group goes with it. */
  async create(place: string, properties: AzureProperties): Promise<Answer["body"]> {
    return await this.put(place, { location: "westeurope", properties });
  }

  async createAll(resources: AzureResources): Promise<void> {
    for (const [place, properties] of Object.entries(resources)) {
      const made = await this.create(place, properties);
      assertArmShape(made, `${NAMESPACE_ID}/${place}`);
      assert.deepEqual(await this.show(place), made);
    }
  }

  /** `az resource create --is-full-object`. An empty place is the namespace's own. */
  async put(place: string, body: object): Promise<Answer["body"]> {
    const told = await this.ask("PUT", place, body);
    assert.ok(told.status === 200 || told.status === 201, `PUT ${place}: ${JSON.stringify(told.body)}`);
    return told.body;
  }

  /** `az resource patch --is-full-object`. */
  async patch(place: string, body: object): Promise<Answer["body"]> {
    const told = await this.ask("PATCH", place, body);
    assert.equal(told.status, 200, `PATCH ${place}: ${JSON.stringify(told.body)}`);
    return told.body;
  }

  /** `az resource show`. */
  async show(place = ""): Promise<Answer["body"]> {
    const { status, body } = await this.ask("GET", place);
    assert.equal(status, 200, `GET ${place}: ${JSON.stringify(body)}`);
    return body;
  }

  async ask(method: string, place: string, body?: object): Promise<Answer> {
    const path = place === "" ? NAMESPACE_ID : `${NAMESPACE_ID}/${place}`;
    return await this.#broker.request(method, `${path}?api-version=${this.#version}`, body);
  }
}

/** A resource as Azure's tools read it: who it is, and that nobody has to wait for it. */
export function assertArmShape(resource: Answer["body"], id: string): void {
  const segments = id.slice(NAMESPACE_ID.length + 1).split("/");
  const [type, name] = id === NAMESPACE_ID ? [] : segments;
  assert.equal(resource.id, id);
  assert.equal(resource.name, name ?? namespaceIdentityPreset.namespace);
  assert.equal(resource.type, ["Microsoft.EventGrid/namespaces", type].filter(Boolean).join("/"));
  assert.equal(resource.properties.provisioningState, "Succeeded");
}
