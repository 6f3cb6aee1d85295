/** What is measured, as data: `scenarios.ts` has the list, the generator does the work. */
export type Scenario = LoadScenario | ModeScenario;

/** Whether a scenario asks what becomes of persistent sessions. */
export function isPersistent(scenario: Scenario): boolean {
  return scenario.question === "mode" ? scenario.mode === "offline" : scenario.load.persistent === true;
}

/** What not every broker knows. */
export type Feature = Load["protocol"] | Load["carrier"] | "access";

/** What a broker must know to take part. Modes use MQTT 3.1.1, and plain TCP unless they say otherwise. */
export function featuresOf(scenario: Scenario): readonly Feature[] {
  const access: Feature[] = scenario.topicSpaces === undefined && !hasMembers(scenario) ? [] : ["access"];
  if (scenario.question === "mode") return ["3.1.1", scenario.carrier ?? "tcp", ...access];
  return [scenario.load.protocol, scenario.load.carrier, ...access];
}

/** How a broker is set up for a scenario, beside its usual settings. */
export interface Setup {
  /** It listens for TLS as well. `mutual`: and takes only clients with a certificate there. */
  readonly tls: "no" | "server" | "mutual";
  /** How many topic spaces its clients have rights in; none: they may do everything. */
  readonly topicSpaces: number;
  /** How many users there are whose rights will change. */
  readonly members: number;
}

/**
 * What a scenario needs.
 *
 * @param quick whether it is run with less of everything
 */
export function setupOf(scenario: Scenario, quick = false): Setup {
  const isMutual = scenario.question === "mode" && scenario.clientCertificate === true;
  const server = featuresOf(scenario).includes("tls") ? "server" : "no";
  const { users = 0 } = hasMembers(scenario) ? optionsOf(scenario, quick) : {};
  return { tls: isMutual ? "mutual" : server, topicSpaces: scenario.topicSpaces ?? 0, members: users };
}

/** The options of a mode. */
export function optionsOf(scenario: ModeScenario, quick: boolean): ModeScenario["options"] {
  return quick ? scenario.quick : scenario.options;
}

/** Whether it changes the rights of users, and needs a broker where they can be changed. */
export function hasMembers(scenario: Scenario): scenario is ModeScenario {
  return scenario.question === "mode" && scenario.mode === "changes";
}

interface Common {
  /** As `--scenario` names it. */
  readonly name: string;
  /** As the table names it. */
  readonly title: string;
  /** At most this many rounds, where one takes long and its answer hardly varies. */
  readonly roundsMax?: number;
  /**
   * Access control: how many topic spaces the clients have rights in; 0 if they may do everything. Brokers without
   * access control of this kind take no part.
   */
  readonly topicSpaces?: number;
  /** Scenarios of one group, which stand together, are run in turn in each round: they are compared with each other. */
  readonly group?: string;
  /** Left out unless it is asked for by its name. */
  readonly byNameOnly?: boolean;
  /** How many bare SQLite commits the median acknowledgement may take. */
  readonly commitsGoal?: number;
}

/** Publishers and subscribers whose messages are counted or timed. */
export interface LoadScenario extends Common {
  /**
   * `throughput`: the publishers send as fast as the window lets them.
   * `latency`: they send `rate` messages per second, whatever the broker does, and each counts from when it was due.
   */
  readonly question: "throughput" | "latency";
  readonly load: Load;
  /** How many times mosquitto's median is wanted (messages per second, or p99 for latency). */
  readonly goal?: number;
  /** The same broker in another scenario, and which share of its rate is wanted. */
  readonly against?: { readonly scenario: string; readonly goal: number };
}

/** A run of publishers and subscribers. Publisher and subscriber n use topic n modulo `topics`. */
export interface Load {
  readonly publishers: number;
  readonly subscribers: number;
  readonly topics: number;
  /** Every subscriber subscribes to all topics with one wildcard. */
  readonly wildcard?: boolean;
  readonly qos: 0 | 1 | 2;
  readonly payloadBytes: number;
  /** Messages that each publisher may have sent and that are not yet received or not yet acknowledged. */
  readonly window: number;
  readonly protocol: "3.1.1" | "5";
  readonly userProperties?: readonly (readonly [name: string, value: string])[];
  /** The subscribers have persistent sessions. */
  readonly persistent?: boolean;
  readonly carrier: "tcp" | "websocket" | "tls";
  /** Messages per second of all publishers together. */
  readonly rate?: number;
}

/** A question that another mode of the generator answers, with figures of its own. */
export interface ModeScenario extends Common {
  readonly question: "mode";
  readonly mode:
    | "idle"
    | "changes"
    | "offline"
    | "churn"
    | "handshakes"
    | "soak"
    | "fanout-stall"
    | "retained-flood"
    | "megabyte"
    | "subscriptions";
  /** Plain TCP if left out. */
  readonly carrier?: "tls";
  /** Over TLS: every client shows a certificate, by which the broker knows it. */
  readonly clientCertificate?: true;
  /** The mode's options, by their long names. */
  readonly options: Readonly<Record<string, number>>;
  /** The same with less of everything, for `--quick`. */
  readonly quick: Readonly<Record<string, number>>;
  /** What of the report stands in the table. */
  readonly figures: readonly Figure[];
  /** Parts of the report that have the same figures: a line for each. Otherwise the report has them itself. */
  readonly parts?: readonly Part[];
}

/** One line of a mode's table, for each broker. */
export interface Part {
  readonly title: string;
  /** Where it lies in the generator's report; the paths of the figures begin there. */
  readonly path: string;
}

/** One column of a mode's table. */
export interface Figure {
  readonly title: string;
  /** Where it lies in the generator's report, or in a part of it, as in `pingDuring.maxUs`. */
  readonly path: string;
  readonly unit: Unit;
  /** How many times mosquitto's median is wanted; the ratio then stands behind the number. */
  readonly goal?: number;
}

/** How a number is written. */
export type Unit =
  | "count"
  | "perSecond"
  | "bytes"
  | "mebibytes"
  | "seconds"
  | "milliseconds"
  | "share"
  | "ratio";
