import { z } from "zod";
import {
  type AddressRange,
  addressRangeExpected,
  isWithin,
  parseAddressRange,
} from "../config/address_range.ts";
import type { ReadonlyDirectory, ResourceChange } from "./directory.ts";
import { equalJson } from "./equal.ts";
import { mapping, word } from "./mapping.ts";
import { type AnyResource, isOfType, type Resource } from "./resource.ts";

/** One network that is let in. event-grid: specification §18; IPv6 is ours. */
export interface IpRule {
  /** In CIDR notation; one address alone without a prefix. */
  readonly ipMask: string;
  readonly action: "Allow";
}

/** event-grid: 16. Every CONNECT and request is held against all of them. */
const RULES_MAX = 256;

/** What the registry is told of them. */
export const ipRulesSchema = z.array(
  mapping({
    ipMask: z.string({ error: addressRangeExpected("") }).refine(
      (text) => parseAddressRange(text) !== undefined,
      { error: ({ input }) => addressRangeExpected(String(input)) },
    ),
    action: word(["Allow"]).prefault("Allow"),
  }),
  { error: "a list of rules" },
).max(RULES_MAX, { error: `at most ${RULES_MAX} rules` });

/** From where. */
export interface ComingFrom {
  readonly address: string;
  /** Whether it is on this machine. */
  readonly loopback: boolean;
}

/**
 * Who may reach the namespace, by its rules as they are now: everybody while there is none, then whoever one of them
 * names. This machine is left out, so that nobody can lock the operators of the machine out.
 */
export class IpRules {
  readonly #resources: ReadonlyDirectory;
  #namespace: Resource<"namespace"> | undefined;
  /** `undefined` while there is no rule. */
  #ranges: readonly AddressRange[] | undefined;

  constructor(resources: ReadonlyDirectory) {
    this.#resources = resources;
  }

  allow({ address, loopback }: ComingFrom): boolean {
    if (loopback) return true;
    const ranges = this.#current();
    return ranges === undefined || isWithin(address, ranges);
  }

  /** Read once for each version of the namespace. */
  #current(): readonly AddressRange[] | undefined {
    const [namespace] = this.#resources.all("namespace");
    if (namespace !== this.#namespace) {
      this.#namespace = namespace;
      this.#ranges = rangesOf(namespace?.properties.inboundIpRules ?? []);
    }
    return this.#ranges;
  }
}

/** Whether others may come after a change than before. */
export function changesIpRules({ before, after }: ResourceChange): boolean {
  if (!isOfType(before, "namespace") && !isOfType(after, "namespace")) return false;
  return !equalJson(rulesOf(before), rulesOf(after));
}

function rulesOf(version: AnyResource | undefined): readonly IpRule[] {
  return isOfType(version, "namespace") ? version.properties.inboundIpRules ?? [] : [];
}

/** A rule that an older version has kept, and that cannot be read now, lets nobody in: but it is a rule. */
function rangesOf(rules: readonly IpRule[]): AddressRange[] | undefined {
  return rules.length === 0 ? undefined : rules.flatMap(({ ipMask }) => parseAddressRange(ipMask) ?? []);
}
