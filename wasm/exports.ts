/** The exports that are called; every number is a 32-bit integer or a double. */
export interface Exports {
  readonly memory: WebAssembly.Memory;
  abi_version(): number;
  scratch(length: number): number;
  create(length: number): number;
  records(): number;
  text(): number;
  panic_text(): number;
  panic_length(): number;
  open(length: number, now: number): number;
  opened_slot(): number;
  opened_generation(): number;
  filled(slot: number, generation: number, count: number, now: number): number;
  written(slot: number, generation: number, count: number, now: number): number;
  closed(slot: number, generation: number, now: number): number;
  released(slot: number, generation: number, now: number): number;
  flush(now: number): number;
  resume(now: number): number;
  tick(now: number): number;
  wall(offset: number): number;
  shutdown(now: number): number;
  listen(kinds: number): number;
  recover(length: number): number;
  recovered(sequence: number, lastNumber: number, aliveAt: number, now: number): number;
  degrade(degraded: number, now: number): number;
  committed(sequence: number, now: number): number;
  loaded(body: number, length: number, now: number): number;
  lost(body: number, now: number): number;
  accept(
    request: number,
    set: number,
    sessionsMax: number,
    expirySecondsMax: number,
    length: number,
    now: number,
  ): number;
  set_permissions(set: number, publish: number, length: number, now: number): number;
  permission_names(): number;
  regrant(set: number, length: number, now: number): number;
  refuse(request: number, reason: number, now: number): number;
  publish(request: number, set: number, packet: number, length: number, now: number): number;
  disconnect(length: number, reason: number, now: number): number;
  end_session(length: number, reason: number, now: number): number;
  clear_queue(length: number, now: number): number;
  sessions(from: number, limit: number): number;
  session(length: number): number;
  connect_fields(slot: number, generation: number): number;
  metrics(): number;
}
