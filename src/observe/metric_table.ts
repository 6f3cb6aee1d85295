/**
 * Every counter and gauge of the broker, by the key that the engine counts under (`core-rs/engine/src/counters.rs`),
 * with its name in Prometheus.
 *
 * Rows of the same name are one metric with a label. Names keep to Prometheus' rules (base units, `_total` for
 * what only grows), so that a dashboard survives an inside that changes.
 */

/** What every name of ours begins with. */
export const PREFIX = "heliograph_";

/** One counter or gauge. */
export interface MetricRow {
  readonly key: string;
  /** Without {@linkcode PREFIX}. */
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge";
  /** What tells the rows of one name apart. */
  readonly label?: readonly [name: string, value: string];
}

export const METRIC_TABLE: readonly MetricRow[] = [
  gauge("connections_open", "connections_open", "Open connections, before and after CONNECT"),
  gauge("clients_connected", "clients_connected", "Clients whose CONNECT was accepted"),
  gauge("sessions", "sessions", "Sessions, connected or not"),
  gauge("subscriptions", "subscriptions", "Subscriptions, shared ones included"),
  gauge("retained_messages", "retained_messages", "Retained messages"),
  gauge("retained_bytes", "retained_bytes", "Topics and payloads of retained messages"),
  gauge("memory_used_bytes", "memory_used_bytes", "What the engine's memory account is charged with"),
  gauge("memory_reserved_bytes", "memory_reserved_bytes", "The engine's linear memory; it never shrinks"),

  counter("connections_opened", "connections_opened_total", "Connections taken from a listener"),
  counter("connections_failed", "connections_failed_total", "Connections ended by an error of the client"),
  ...counters("connects_total", "CONNECT packets answered", ["result", {
    accepted: "connects_accepted",
    refused: "connects_refused",
  }]),
  counter(
    "keep_alive_timeouts",
    "keep_alive_timeouts_total",
    "Connections not heard within their keep alive",
  ),
  counter("takeovers", "takeovers_total", "Connections whose session another connection took over"),
  counter("sessions_resumed", "sessions_resumed_total", "Sessions that a client came back to"),
  counter("sessions_expired", "sessions_expired_total", "Sessions that ended while their client was away"),
  counter("subscribes", "subscribes_total", "SUBSCRIBE packets received"),
  counter("unsubscribes", "unsubscribes_total", "UNSUBSCRIBE packets received"),
  counter("wills_fired", "wills_fired_total", "Wills published"),

  counter("bytes_received", "bytes_received_total", "Bytes of whole MQTT packets received"),
  counter("bytes_sent", "bytes_sent_total", "Bytes of MQTT packets handed over to be written"),
  counter("messages_received", "packets_received_total", "MQTT packets received"),
  counter("messages_sent", "packets_sent_total", "MQTT packets sent"),
  ...counters("publishes_received_total", "PUBLISH packets received, repetitions of QoS 2 aside", ["qos", {
    0: "publish_received_qos0",
    1: "publish_received_qos1",
    2: "publish_received_qos2",
  }]),
  ...counters("publishes_sent_total", "PUBLISH packets sent", ["qos", {
    0: "publish_sent_qos0",
    1: "publish_sent_qos1",
    2: "publish_sent_qos2",
  }]),
  counter(
    "publish_bytes_received",
    "payload_bytes_received_total",
    "Payload bytes of PUBLISH packets received",
  ),
  counter("publish_bytes_sent", "payload_bytes_sent_total", "Payload bytes of PUBLISH packets sent"),
  counter("publish_host", "publishes_host_total", "Messages published over HTTP or by the broker itself"),
  counter("publish_unmatched", "publishes_unmatched_total", "Messages that no subscription matched"),
  counter("publish_refused", "publishes_refused_total", "Messages refused to their publisher"),
  ...counters("messages_dropped_total", "Messages that a subscriber did not get", ["reason", {
    queue_full: "dropped_queue_full",
    outbox_full: "dropped_outbox_full",
    too_large: "dropped_too_large",
    expired: "dropped_expired",
    offline: "dropped_offline",
    refused: "dropped_refused",
    session_ended: "dropped_session_ended",
    not_allowed: "dropped_not_allowed",
    lost: "dropped_lost",
    cleared: "dropped_cleared",
  }]),
];

function gauge(key: string, name: string, help: string): MetricRow {
  return { key, name, help, type: "gauge" };
}

function counter(key: string, name: string, help: string): MetricRow {
  return { key, name, help, type: "counter" };
}

/** Rows that differ in one label: its name, and the key for each of its values. */
function counters(
  name: string,
  help: string,
  [label, keys]: readonly [label: string, keys: Readonly<Record<string, string>>],
): MetricRow[] {
  return Object.entries(keys).map(([value, key]) => ({ ...counter(key, name, help), label: [label, value] }));
}
