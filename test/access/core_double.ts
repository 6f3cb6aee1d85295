/** The core as far as rights go, told in the plainest words: sets of templates, sessions with values. */
import assert from "node:assert/strict";
import type { Grant, PermissionEngine } from "../../src/access/permission_engine.ts";

interface Templates {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
  readonly variables: readonly string[];
}

const VARIABLE = /\$\{([^}|]+)(?:\|([^}]*))?\}/g;

/** Stands for the engine, and lets a test look at what every session may do at any moment. */
export class CoreDouble implements PermissionEngine {
  readonly sets = new Map<number, Templates>();
  readonly sessions = new Map<string, Grant>();
  /** What was asked, in order: `set 1`, `regrant s1`. */
  readonly calls: string[] = [];
  /** Called after each change, as the engine checks sessions after each. */
  onChange: () => void = () => {};

  setPermissions(set: number, publish: readonly string[], subscribe: readonly string[]): readonly string[] {
    assert.ok(Number.isInteger(set) && set >= 1, `set ${set}`);
    const found = [...publish, ...subscribe].flatMap((text) =>
      [...text.matchAll(VARIABLE)].map(([, name = ""]) => name)
    );
    const variables = [...new Set(found)];
    this.sets.set(set, { publish, subscribe, variables });
    this.calls.push(`set ${set}`);
    this.onChange();
    return variables;
  }

  regrant(session: string, grant: Grant): void {
    this.accept(session, grant);
    this.calls.push(`regrant ${session}`);
    this.onChange();
  }

  /** A CONNECT was accepted with these rights. */
  accept(session: string, grant: Grant): void {
    assert.ok(grant.set === 0 || this.sets.has(grant.set), `the core knows no set ${grant.set}`);
    this.sessions.set(session, grant);
  }

  /** What a session may do: `publish a/b`, with its values put in; `everything`. */
  rights(session: string): string[] {
    const grant = this.sessions.get(session);
    assert.ok(grant !== undefined, `no session ${session}`);
    if (grant.set === 0) return ["everything"];
    const set = this.sets.get(grant.set);
    assert.ok(set !== undefined, `the core knows no set ${grant.set}`);
    const values = new Map(set.variables.map((name, index) => [name, grant.values[index] ?? ""]));
    return [
      ...filled("publish", set.publish, values),
      ...filled("subscribe", set.subscribe, values),
    ].toSorted();
  }
}

/** Templates with their variables put in; those that lack a value, or would get a part of a filter, apply to nothing. */
export function filled(
  verb: string,
  templates: readonly string[],
  values: ReadonlyMap<string, string>,
): string[] {
  return [...new Set(templates)].flatMap((template) => {
    let applies = true;
    const text = template.replaceAll(VARIABLE, (_, name: string, affix = "") => {
      const value = values.get(name) ?? "";
      if (value === "" || /[/+#]/.test(value)) applies = false;
      return value + affix;
    });
    return applies ? [`${verb} ${text}`] : [];
  });
}
